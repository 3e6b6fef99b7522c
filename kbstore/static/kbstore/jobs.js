/* Keeps the list of jobs and the numbers above it as they are on the server, without reloading the page. */
(() => {
  "use strict";

  const LOOK_MS = 3000;
  let isFetching = false;

  function show(counts) {
    for (const tile of document.querySelectorAll("#job-counts [data-count]")) {
      const number = counts[tile.dataset.count];
      tile.querySelector(".kb-tile-value").textContent = number.toLocaleString("en-US");
      tile.classList.toggle("kb-some", number > 0);
    }
  }

  /* Rows that are in use (a link has the focus, a text is being selected) are left for the next time. */
  function isInUse(list) {
    const selection = window.getSelection();
    const isSelecting = selection && !selection.isCollapsed && list.contains(selection.anchorNode);
    return isSelecting || list.contains(document.activeElement);
  }

  async function renew() {
    const list = document.getElementById("changelist-form");
    if (isInUse(list)) return false;
    const reply = await fetch(window.location.href, { credentials: "same-origin" });
    if (!reply.ok || reply.redirected) return true;
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const fresh = page.getElementById("changelist-form");
    if (!fresh || isInUse(list)) return false;
    list.replaceChildren(...document.adoptNode(fresh).childNodes);
    document.dispatchEvent(new CustomEvent("kb:fresh"));
    return true;
  }

  async function look(counts) {
    if (document.hidden || isFetching) return;
    isFetching = true;
    try {
      const reply = await fetch(counts.dataset.source, { credentials: "same-origin" });
      if (!reply.ok || reply.redirected) return;
      const news = await reply.json();
      show(news);
      if (news.stamp !== counts.dataset.stamp && (await renew())) counts.dataset.stamp = news.stamp;
    } catch {
      // The server is away for a moment: the next round tells.
    } finally {
      isFetching = false;
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    const counts = document.getElementById("job-counts");
    if (!counts) return;
    for (const tile of counts.querySelectorAll("[data-count]")) {
      tile.classList.toggle("kb-some", tile.querySelector(".kb-tile-value").textContent.trim() !== "0");
    }
    document.addEventListener("kb:job-ended", () => look(counts));
    window.setInterval(() => look(counts), LOOK_MS);
  });
})();
