// Shows what happens as it happens. Without it the page works too: every act is a plain form.
"use strict";
(() => {
  const parser = new DOMParser();
  const page = () => document.getElementById("page");
  document.documentElement.classList.add("js");

  // A folded part is known by its id, or by its place within the post that holds it.
  const folds = () => [...page().querySelectorAll("details")].map((d) => {
    if (d.id) return [d.id, d];
    const home = d.parentElement.closest("[id]");
    return [home.id + "/" + [...home.querySelectorAll("details:not([id])")].indexOf(d), d];
  });
  const typed = () => [...page().querySelectorAll("textarea")].filter((f) => f.value !== f.defaultValue);

  // Puts the new page in place; keeps what was typed, folded, focused, and where one was looking.
  function show(html, sent) {
    const next = parser.parseFromString(html, "text/html").getElementById("page");
    if (!next) return;
    const words = typed().filter((field) => field.id !== sent).map((field) => [field.id, field.value]);
    const open = new Map(folds().map(([key, d]) => [key, d.open]));
    const active = document.activeElement;
    const focus = active && active.id ? [active.id, active.selectionStart, active.selectionEnd] : null;
    const marks = [...page().querySelectorAll("main [id]")];
    const mark = (active && active.closest("main [id]")) || marks.find((e) => e.getBoundingClientRect().bottom > 0);
    const top = mark ? mark.getBoundingClientRect().top : 0;
    const said = titles();
    page().replaceWith(next);
    for (const [key, d] of folds()) if (open.has(key)) d.open = open.get(key);
    for (const [id, value] of words) {
      const field = document.getElementById(id);
      if (field) field.value = value;
    }
    if (focus) {
      const field = document.getElementById(focus[0]);
      if (field) {
        field.focus({ preventScroll: true });
        if (field.setSelectionRange && focus[0] !== sent && field.tagName === "TEXTAREA") field.setSelectionRange(focus[1], focus[2]);
      }
    }
    const same = mark && document.getElementById(mark.id);
    if (same) scrollBy({ top: same.getBoundingClientRect().top - top, behavior: "instant" });
    if (titles() !== said) document.getElementById("news").textContent = titles();
    const problem = page().querySelector(".problem");
    if (problem && sent !== undefined) problem.scrollIntoView({ block: "center" });
  }
  const titles = () => [...page().querySelectorAll(".check .title")].map((t) => t.textContent).join("; ");

  const me = () => new URLSearchParams({ as: document.getElementById("as").value });
  async function refresh() {
    const answer = await fetch("/?" + me());
    if (answer.ok) show(await answer.text());
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    event.preventDefault();
    const data = new URLSearchParams(new FormData(form, event.submitter));
    if (form.method === "get") {
      document.getElementById("as").value = data.get("as");
      history.replaceState(null, "", "/?" + me());
      await refresh();
      return;
    }
    if (event.submitter) event.submitter.disabled = true;
    const field = form.querySelector("textarea");
    try {
      const answer = await fetch(form.action, { method: "POST", body: data });
      const html = await answer.text();
      const refused = new URL(answer.url).searchParams.has("problem");
      show(html, refused ? "" : field ? field.id : "");
    } catch {
      if (event.submitter) event.submitter.disabled = false;
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "as") event.target.form.requestSubmit();
  });
  // Ctrl or Cmd with Enter sends, as on GitHub.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.tagName === "TEXTAREA") {
      const form = event.target.form;
      form.requestSubmit(form.querySelector("button.primary:not([value=approve])") || form.querySelector("button[value=comment]"));
    }
  });

  (async () => {
    for (;;) {
      try {
        const answer = await fetch("/version?since=" + page().dataset.version);
        const { version } = await answer.json();
        if (String(version) !== page().dataset.version) await refresh();
      } catch {
        await new Promise((again) => setTimeout(again, 1000));
      }
    }
  })();
})();
