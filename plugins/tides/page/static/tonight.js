// The keys of the deck. Each belongs to a link, a button or a field of the view, and does what a click on it does.
"use strict";
const TYPING = "input, textarea, select, [contenteditable], tides-curve, .wide";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(TYPING)) return;
  const found = document.querySelector(`[data-keys~="${CSS.escape(event.key)}"]`);
  if (!found) return;
  event.preventDefault();
  if (found.matches("input")) found.focus();
  else if (!event.repeat) found.click();
});

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Over plain HTTP a browser has no clipboard for a page, but it copies what is selected.
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await copy(button.dataset.copy);
  document.getElementById("copied").textContent = `Copied: ${button.dataset.copy}`;
});
