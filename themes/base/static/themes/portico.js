// Portico: small conveniences. Every page works without this file; nothing here decides anything.
"use strict";
(() => {
  const root = document.documentElement;
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const say = (words) => { const live = one("#live"); if (live) live.textContent = words; };
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

  // What went wrong is read first.
  const focusFirst = (from) => { const target = one("[data-focus]", from); if (target) target.focus(); };

  // After a swap the focus goes to the new heading, and a polite voice says what changed.
  document.addEventListener("htmx:after:swap", (event) => {
    const target = (event.detail && event.detail.ctx && event.detail.ctx.target) || event.target;
    if (!(target instanceof Element) || target.hasAttribute("data-quiet")) return;
    const heading = one("h1, h2, [data-heading]", target);
    if (heading) {
      if (!heading.hasAttribute("tabindex")) heading.setAttribute("tabindex", "-1");
      heading.focus({ preventScroll: true });
      say(heading.textContent.trim());
    }
    prepare(target);
  });

  // Keys: Ctrl K or / to search, j and k through lists, ? for help. They can be turned off (WCAG 2.1.4).
  const rows = () => all("[data-list] a[href], .table tbody tr, .rows a.row")
    .map((row) => (row.matches("tr") ? one("th a[href]", row) || one("a[href]", row) : row))
    .filter((row) => row && row.offsetParent);
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      if (goSearch()) event.preventDefault();
      return;
    }
    if (event.key === "Escape") {
      const open = event.target.closest && event.target.closest("details.menu[open]");
      if (open) { open.open = false; one("summary", open).focus(); }
      return;
    }
    if (root.dataset.keys === "off" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "/") { if (goSearch("[data-list-search]")) event.preventDefault(); }
    else if (event.key === "j" || event.key === "k") {
      const list = rows();
      if (!list.length) return;
      const at = list.indexOf(document.activeElement);
      const next = at < 0 ? 0 : Math.min(Math.max(at + (event.key === "j" ? 1 : -1), 0), list.length - 1);
      list[next].focus();
      event.preventDefault();
    } else if (event.key === "?") { showKeys(); }
  });
  const showKeys = () => { const keys = one("#keys"); if (keys && keys.showModal && !keys.open) keys.showModal(); };
  const goSearch = (nearest) => {
    const field = [...(nearest ? all(nearest) : []), ...all("[data-hotkey]")].find((input) => input.offsetParent);
    if (field) { field.focus(); field.select(); return true; }
    const link = one("[data-hotkey-link]");
    if (link) { link.click(); return true; }
    return false;
  };

  // One menu at a time, and a click elsewhere closes it.
  document.addEventListener("click", (event) => {
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    if (event.target.closest("[data-print]")) window.print();
    if (event.target.closest("[data-help]")) showKeys();
    const copy = event.target.closest("[data-copy]");
    if (copy && navigator.clipboard) {
      navigator.clipboard.writeText(copy.dataset.copy).then(() => {
        const before = copy.textContent;
        copy.textContent = copy.dataset.copied;
        say(copy.dataset.copied);
        setTimeout(() => { copy.textContent = before; }, 2000);
      });
    }
  });

  // A form is sent once: a second press of the same button does nothing for as long as the answer takes.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-list-filters]")) {
      all("[data-listing]").forEach((list) => list.setAttribute("aria-busy", "true"));
      say(form.dataset.listFilters);
    }
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("data-repeatable")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(() => { delete form.dataset.sent; }, 4000);
  });
  window.addEventListener("pageshow", () => {
    all("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
    all("[data-listing][aria-busy]").forEach((list) => list.removeAttribute("aria-busy"));
  });

  // Undo stays while somebody reads it or holds the keyboard there.
  const fade = (toast) => {
    let left = Number(toast.dataset.undo) || 10;
    const clock = setInterval(() => {
      if (toast.matches(":hover, :focus-within")) return;
      left -= 1;
      if (left <= 0) { clearInterval(clock); toast.remove(); }
    }, 1000);
  };

  const prepare = (from) => {
    all("[data-help][hidden]", from).forEach((button) => { button.hidden = false; });
    if (navigator.clipboard) all("[data-copy][hidden]", from).forEach((button) => { button.hidden = false; });
    if (window.print) all("[data-print][hidden]", from).forEach((button) => { button.hidden = false; });
    all("[data-undo]:not([data-fading])", from).forEach((toast) => { toast.dataset.fading = "yes"; fade(toast); });
    all("[data-submit-on-change]", from).forEach((field) => field.addEventListener("change", () => field.form.requestSubmit()));
  };

  // Two minutes before the end of a session: ask the server, then the person. After it the page is hidden, and what was
  // written waits for its author.
  const watchSession = () => {
    const dialog = one("#session-warning");
    if (!dialog || !dialog.showModal) return;
    const page = one(".page"), asking = one("[data-session-asking]", dialog), over = one("[data-session-over]", dialog);
    let end = Date.now() + dialog.dataset.sessionSeconds * 1000, timer, written = false;
    document.addEventListener("input", (event) => { if (event.target.closest("form[method=post]")) written = true; });
    const wait = (seconds) => { clearTimeout(timer); timer = setTimeout(ask, Math.max(seconds, 1) * 1000); };
    const ask = () => send({ "X-Portico-Background": "1" }, "GET");
    const send = (headers, method) => fetch(dialog.dataset.keepAlive, { method, headers, cache: "no-store" })
      .then((answer) => answer.json())
      .then(({ seconds, account }) => {
        end = Date.now() + seconds * 1000;
        // Somebody else sits here now.
        return seconds && account !== dialog.dataset.account;
      })
      .catch(() => false)
      .then(show);
    const show = (isAnother) => {
      const left = (end - Date.now()) / 1000, isOver = left <= 0;
      if (isAnother || (isOver && !written)) { location.reload(); return; }
      asking.hidden = page.hidden = isOver;
      over.hidden = !isOver;
      dialog.setAttribute("aria-labelledby", one("h2", isOver ? over : asking).id);
      if (left > 120) dialog.close(); else if (!dialog.open) dialog.showModal();
      if (isOver) one("a", over).focus(); else wait(left > 120 ? left - 120 : left);
    };
    dialog.addEventListener("close", () => { if (page.hidden) dialog.showModal(); });
    one("[data-stay]", dialog).addEventListener("click", () => send({ "X-CSRFToken": token() }, "POST"));
    one("[data-back]", dialog).addEventListener("click", ask);
    window.addEventListener("focus", () => { if (page.hidden) ask(); });
    wait(dialog.dataset.sessionSeconds - 120);
  };
  const token = () => { const field = one("input[name=csrfmiddlewaretoken]"); return field ? field.value : ""; };

  const begin = () => { prepare(document); focusFirst(document); watchSession(); };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin); else begin();
})();
