/* The load wizard: gathers the columns of its table into one field, and looks again when something was changed. */
(() => {
  "use strict";

  const form = () => document.querySelector("[data-load-form]");

  function gather() {
    const field = form() && form().querySelector("[data-columns]");
    if (!field) return;
    field.value = JSON.stringify(
      [...form().querySelectorAll("[data-column]")].map((row) => ({
        name: row.querySelector("[data-name]").value,
        type: row.querySelector("[data-type]").value,
        key: row.querySelector("[data-key]").checked,
        nullable: row.querySelector("[data-nullable]").checked,
      })),
    );
  }

  let round = 0;

  /* The server reads the file with what was changed; the field that has the focus keeps it. */
  async function again() {
    gather();
    const mine = (round += 1);
    const body = new FormData(form());
    body.append("again", "1");
    form().setAttribute("aria-busy", "true");
    try {
      const reply = await fetch(window.location.href, { method: "POST", body, credentials: "same-origin" });
      if (mine !== round || !reply.ok || reply.redirected) return;
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      const fresh = page.querySelector("[data-load-form]");
      if (fresh && mine === round) replace(fresh);
    } catch {
      // The server is away: the next change, or the button, tells.
    } finally {
      if (mine === round) form().removeAttribute("aria-busy");
    }
  }

  function replace(fresh) {
    const focused = document.activeElement && document.activeElement.id;
    const scrolled = form().querySelector(".kb-tall");
    const top = scrolled ? scrolled.scrollTop : 0;
    form().replaceWith(document.adoptNode(fresh));
    if (focused && document.getElementById(focused)) document.getElementById(focused).focus();
    const box = form().querySelector(".kb-tall");
    if (box) box.scrollTop = top;
  }

  document.addEventListener("change", (event) => {
    if (!event.target.closest("[data-load-form]")) return;
    if (event.target.closest("[data-again]")) {
      if (event.target.name === "replaces" || event.target.name === "dedup_mode") return;
      again();
    } else if (event.target.closest("[data-column]")) {
      gather();
      if (event.target.matches("[data-type]")) again();
    }
  });
  document.addEventListener("input", (event) => {
    if (event.target.closest("[data-column]")) gather();
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-load-form]")) return;
    gather();
    const button = event.target.querySelector("[data-run]");
    // Not at once: the browser would leave a disabled button out.
    window.setTimeout(() => button && (button.disabled = true));
  });
})();
