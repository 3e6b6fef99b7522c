/* Sends files in parts. A part that fails is sent again; a file chosen again goes on where it stopped. */
(() => {
  "use strict";

  const ATTEMPTS = 6;
  const KEPT = "kbstore.uploads";

  const token = () => JSON.parse(document.getElementById("content-main").getAttribute("hx-headers"))["X-CSRFToken"];
  const { size } = window.kbstore; // console.js
  const pause = (ms) => new Promise((resolve) => window.setTimeout(resolve, ms));

  function left(seconds) {
    if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s left`;
    if (seconds < 3600) return `${Math.ceil(seconds / 60)} min left`;
    return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min left`;
  }

  // --- uploads that were begun: the browser remembers where their parts go

  function kept() {
    try {
      return JSON.parse(window.localStorage.getItem(KEPT)) || {};
    } catch {
      return {};
    }
  }

  function keep(identity, value) {
    const all = kept();
    if (value) all[identity] = value;
    else delete all[identity];
    // The last twenty are enough.
    const entries = Object.entries(all).slice(-20);
    try {
      window.localStorage.setItem(KEPT, JSON.stringify(Object.fromEntries(entries)));
    } catch {
      // Without storage an upload begins anew, that is all.
    }
  }

  /* How many are on their way: leaving the page would stop them. */
  let running = 0;

  class Refused extends Error {}
  class Cancelled extends Error {}

  // --- one file

  class Upload {
    constructor(file, box, row) {
      this.file = file;
      this.box = box;
      this.row = row;
      this.identity = [box.dataset.upload, file.name, file.size, file.lastModified].join("|");
      this.isCancelled = false;
      this.request = null;
      row.querySelector("[data-name]").textContent = file.name;
      row.querySelector("[data-cancel]").addEventListener("click", () => this.cancel());
      row.querySelector("[data-retry]").addEventListener("click", () => this.run());
    }

    cancel() {
      this.isCancelled = true;
      if (this.request) this.request.abort();
      this.row.remove();
    }

    show(sent) {
      const percent = this.file.size ? (100 * sent) / this.file.size : 100;
      this.row.querySelector("progress").value = percent;
      const seconds = (Date.now() - this.started) / 1000;
      const speed = seconds > 0.5 ? (sent - this.startedAt) / seconds : 0;
      const parts = [`${size(sent)} of ${size(this.file.size)}`, `${Math.floor(percent)}%`];
      if (speed > 0 && sent < this.file.size) parts.push(`${size(speed)}/s`, left((this.file.size - sent) / speed));
      this.note(parts.join(" · "));
    }

    note(text) {
      this.row.querySelector("[data-note]").textContent = text;
    }

    fail(text) {
      const error = this.row.querySelector("[data-error]");
      error.textContent = text;
      error.hidden = !text;
      this.row.querySelector("[data-retry]").hidden = !text;
    }

    async run() {
      this.fail("");
      running += 1;
      let found = null;
      try {
        found = await this.send();
        keep(this.identity, null);
      } catch (error) {
        if (error instanceof Cancelled) return;
        this.fail(error instanceof Refused ? error.message : "The connection broke. What has arrived is kept.");
      } finally {
        running -= 1;
      }
      if (found) this.finished(found);
    }

    finished(fileId) {
      this.note("Uploaded");
      this.row.querySelector("[data-cancel]").remove();
      const next = this.box.dataset.next.replace(this.box.dataset.place, encodeURIComponent(fileId));
      if (!("multiple" in this.box.dataset)) {
        window.location.assign(next);
        return;
      }
      const link = document.createElement("a");
      link.className = "kb-link";
      link.href = next;
      link.textContent = "Open";
      this.row.querySelector(".kb-upload-line").append(link);
    }

    async send() {
      let { session, received, file } = await this.begin();
      this.started = Date.now();
      this.startedAt = received;
      while (!file) {
        const reply = await this.sendPart(session, received);
        received = reply.received;
        file = reply.file;
      }
      this.show(this.file.size);
      return file;
    }

    async begin() {
      const before = kept()[this.identity];
      if (before) {
        const reply = await this.ask(before).catch((error) => (error instanceof Refused ? null : Promise.reject(error)));
        if (reply) return { session: before, received: reply.received, file: reply.file };
      }
      const { name, size: length, type } = this.file;
      const session = await this.call("POST", this.box.dataset.upload, JSON.stringify({ name, size: length, type }), {
        "Content-Type": "application/json",
      });
      keep(this.identity, session);
      return { session, received: 0 };
    }

    ask(session) {
      return this.call("PUT", session.url, null, { "X-File-Size": this.file.size });
    }

    async sendPart(session, start) {
      let from = start;
      for (let attempt = 1; ; attempt += 1) {
        const part = this.file.slice(from, from + session.part_bytes);
        if (from + part.size === this.file.size) this.isLast = true;
        try {
          return await this.call("PUT", session.url, part, {
            "Content-Type": "application/octet-stream",
            "X-File-Size": this.file.size,
            "X-Part-Start": from,
          }, (sent) => this.show(Math.min(from + sent, this.file.size)));
        } catch (error) {
          const said = error.details && error.details.received_bytes;
          if (error instanceof Cancelled || attempt >= ATTEMPTS) throw error;
          if (error instanceof Refused && said === undefined && !error.isPassing) throw error;
          this.note("The connection broke, trying again …");
          await pause(500 * 2 ** attempt);
          if (this.isCancelled) throw new Cancelled();
          const reply = said === undefined ? await this.ask(session).catch(() => null) : { received: said };
          if (reply && reply.file) return reply;
          if (reply) from = reply.received;
        }
      }
    }

    call(method, url, body, headers, progress) {
      return new Promise((resolve, reject) => {
        if (this.isCancelled) {
          reject(new Cancelled());
          return;
        }
        const request = new XMLHttpRequest();
        this.request = request;
        request.open(method, url);
        request.setRequestHeader("X-CSRFToken", token());
        for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
        if (progress) {
          request.upload.addEventListener("progress", (event) => {
            progress(event.loaded);
            if (this.isLast && event.loaded === event.total) this.note("Checking what has arrived …");
          });
        }
        request.addEventListener("load", () => {
          let reply = null;
          try {
            reply = JSON.parse(request.responseText);
          } catch {
            // A page of a proxy or the login: told below.
          }
          if (request.status === 200 && reply) {
            resolve(reply);
            return;
          }
          const error = new Refused((reply && reply.message) || `The server answered ${request.status}. Log in again and retry.`);
          error.details = reply && reply.details;
          error.isPassing = request.status >= 500 || request.status === 429 || request.status === 409;
          reject(error);
        });
        request.addEventListener("error", () => reject(new Error("connection")));
        request.addEventListener("abort", () => reject(new Cancelled()));
        request.send(body);
      });
    }
  }

  // --- the page

  async function take(box, files) {
    const list = box.querySelector("[data-upload-list]");
    const wanted = "multiple" in box.dataset ? [...files] : [...files].slice(0, 1);
    if (!("multiple" in box.dataset)) list.replaceChildren();
    const uploads = wanted.map((file) => {
      const row = box.querySelector("[data-upload-row]").content.firstElementChild.cloneNode(true);
      list.append(row);
      return new Upload(file, box, row);
    });
    for (const upload of uploads) await upload.run();
  }

  // Before it reaches unfold's listener, which looks for a text field beside each file field.
  document.addEventListener(
    "change",
    (event) => {
      if (!event.target.matches("[data-upload-input]")) return;
      event.stopImmediatePropagation();
      take(event.target.closest("[data-upload]"), event.target.files);
      event.target.value = "";
    },
    true,
  );
  // A file dropped beside the box would replace the page: it is taken as well, where there is one box.
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      const zone = document.querySelector("[data-drop]");
      if (!zone || !event.dataTransfer || !event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      const isLeaving = name === "drop" || (name === "dragleave" && !event.relatedTarget);
      if (name !== "dragleave" || isLeaving) zone.classList.toggle("kb-over", !isLeaving);
      if (name === "drop") take(zone.closest("[data-upload]"), event.dataTransfer.files);
    });
  }
  window.addEventListener("beforeunload", (event) => {
    if (running) event.preventDefault();
  });
})();
