/* The form of an export: shows what belongs to the chosen format, and chooses columns all at once. */
(() => {
  "use strict";

  const form = document.querySelector("[data-export-form]");
  if (!form) return;
  const boxes = [...form.querySelectorAll('[name="columns"]')];

  function showFormat() {
    const format = form.querySelector("[data-format]").value;
    for (const field of form.querySelectorAll("[data-only]")) field.hidden = field.dataset.only !== format;
  }

  function count() {
    const chosen = boxes.filter((box) => box.checked).length;
    form.querySelector("[data-chosen]").textContent = `${chosen} of ${boxes.length}`;
  }

  function choose(isChosen) {
    for (const box of boxes) box.checked = isChosen;
    count();
  }

  form.querySelector("[data-all]").addEventListener("click", () => choose(true));
  form.querySelector("[data-none]").addEventListener("click", () => choose(false));
  form.addEventListener("change", () => {
    showFormat();
    count();
  });
  showFormat();
  count();
})();
