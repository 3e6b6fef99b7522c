/* The filter by time: fields in the reader's zone, UTC in the address. */
(() => {
  "use strict";

  const two = (number) => String(number).padStart(2, "0");

  function localText(moment) {
    const date = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
    return `${date}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const field of document.querySelectorAll("[data-utc-field]")) {
      const utc = document.getElementById(field.dataset.utcField);
      if (utc.value) field.value = localText(new Date(utc.value));
      field.addEventListener("change", () => {
        utc.value = field.value ? new Date(field.value).toISOString() : "";
      });
    }
  });
})();
