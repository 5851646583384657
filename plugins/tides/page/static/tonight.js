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
