/* Unfold draws some buttons as boxes that only a mouse can press: they become buttons for the keyboard, too. */
(() => {
  "use strict";

  const BOXES = ".cursor-pointer[x-on\\:click]:not(a[href], button, input, select, textarea, label, summary)";

  function press(event) {
    if (event.target !== event.currentTarget || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    event.currentTarget.click();
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const box of document.querySelectorAll(BOXES)) {
      if (!box.hasAttribute("role")) box.setAttribute("role", "button");
      box.tabIndex = 0;
      box.addEventListener("keydown", press);
    }
    // Whoever opens the filters by keyboard goes on inside them.
    const opener = document.querySelector("[x-on\\:click='filterOpen = true']");
    opener?.addEventListener("click", () => {
      window.setTimeout(() => document.querySelector("#filter-form :is(input:not([type=hidden]), select)")?.focus(), 50);
    });
  });
})();
