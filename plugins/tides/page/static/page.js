// The theme of Airflow, which frames the page; links that lead to Airflow or elsewhere leave it.
"use strict";
const framed = window.parent !== window;
const root = document.documentElement;
const outer = framed ? window.parent.document.documentElement : null;

function theme() {
  let chosen = null;
  if (outer) chosen = outer.classList.contains("dark") ? "dark" : "light";
  else try { chosen = localStorage.getItem("theme"); } catch { chosen = null; }
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  else delete root.dataset.theme;
}

theme();
// Another tab with Airflow has changed it.
window.addEventListener("storage", theme);
if (outer) new MutationObserver(theme).observe(outer, { attributes: true, attributeFilter: ["class"] });

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-airflow], a[data-outside]");
  if (!link || !framed) return;
  // The frame's sandbox lets no link of its own out.
  event.preventDefault();
  const anchor = window.parent.document.createElement("a");
  anchor.href = link.href;
  anchor.target = link.target;
  anchor.rel = link.rel;
  window.parent.document.body.append(anchor);
  anchor.click();
  anchor.remove();
});

// A second click sends nothing: the answer to the first one is still to come.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});

// Whoever comes back to the page as the browser kept it may send again. The box has the words that the view answers.
window.addEventListener("pageshow", (event) => {
  for (const form of document.forms) delete form.dataset.sent;
  if (event.persisted) document.querySelector("form[role=search]").reset();
});

// A page may use the clipboard over TLS alone. Elsewhere a browser still copies what is selected in a field.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.setAttribute("aria-hidden", "true");
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  }
}

// A button with data-copy copies that text, and the element #copied says so.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const copied = await copy(button.dataset.copy);
  document.getElementById("copied").textContent = copied
    ? `Copied: ${button.dataset.copied ?? button.dataset.copy}`
    : "The browser does not let this page copy. Mark the text, and copy it by the keys of your system.";
  button.focus();
});
