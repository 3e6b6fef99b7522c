/* Narrows a list of choices to those that hold what is typed; `data-narrows` names the list. */
(() => {
  "use strict";

  for (const input of document.querySelectorAll("[data-narrows]")) {
    const choices = document.getElementById(input.dataset.narrows).querySelectorAll("label");
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      for (const choice of choices) choice.hidden = !choice.textContent.toLowerCase().includes(wanted);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
  }
})();
