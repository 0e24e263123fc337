// Keys: / goes to the field, arrows walk over the pictures, Escape leaves.
const field = document.querySelector(".query");
const grid = document.querySelector("[data-grid]");
const tiles = () => [...(grid?.querySelectorAll("a[href]") ?? [])];

const isTyping = (target) => target.matches?.("input, select, textarea") ?? false;

// The tile in the next row whose middle is nearest to that of `from`.
function vertically(from, all, direction) {
  const here = from.getBoundingClientRect();
  const middle = here.left + here.width / 2;
  let best = null;
  for (const tile of all) {
    const there = tile.getBoundingClientRect();
    const rows = (there.top - here.top) * direction;
    if (rows < here.height / 2) continue;
    const cost = rows * 10 + Math.abs(there.left + there.width / 2 - middle);
    if (!best || cost < best.cost) best = { tile, cost };
  }
  return best?.tile;
}

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "/" && !isTyping(event.target)) {
    event.preventDefault();
    field?.focus();
    field?.select();
    return;
  }
  if (event.key === "Escape") {
    document.querySelector("details[open]")?.removeAttribute("open");
    document.activeElement?.blur();
    return;
  }
  const all = tiles();
  if (event.key === "ArrowDown" && event.target === field && all.length) {
    event.preventDefault();
    all[0].focus();
    return;
  }
  const index = all.indexOf(document.activeElement);
  if (index < 0) return;
  const next = {
    ArrowLeft: () => all[index - 1],
    ArrowRight: () => all[index + 1],
    ArrowUp: () => vertically(all[index], all, -1) ?? field,
    ArrowDown: () => vertically(all[index], all, 1),
  }[event.key]?.();
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
});

// The refining panel closes by a click elsewhere.
addEventListener("pointerdown", (event) => {
  const panel = document.querySelector(".refine[open]");
  if (panel && !panel.contains(event.target)) panel.removeAttribute("open");
});
