// Turns the “More” link into rows that are there before one reaches the end. Without this it stays a link.
let link = document.querySelector("[data-more]");
const grid = document.querySelector("[data-grid]");

async function append() {
  const address = link.href;
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  grid.append(...page.querySelectorAll("[data-grid] > li"));
  const next = page.querySelector("[data-more]");
  if (next) link.href = next.getAttribute("href"); else link.parentElement.remove();
  document.dispatchEvent(new Event("tiles"));
  return Boolean(next);
}

if (link && grid) {
  let isBusy = false;
  const watcher = new IntersectionObserver(async (entries) => {
    if (isBusy || !entries.some((entry) => entry.isIntersecting)) return;
    isBusy = true;
    watcher.unobserve(link);
    try {
      // Observed anew, so that a link that is still in reach is reported again.
      if (await append()) watcher.observe(link);
    } catch {
      link.textContent = "More"; // Offline, or the server is gone: the link can be tried by hand.
    } finally {
      isBusy = false;
    }
  }, { rootMargin: "1200px" });
  watcher.observe(link);
}

// The page of a picture one points at is in the cache when one clicks.
let pointing = 0;
const warmed = new Set();
grid?.addEventListener("pointerover", (event) => {
  const tile = event.target.closest("a[href]");
  clearTimeout(pointing);
  if (!tile || event.pointerType !== "mouse" || warmed.has(tile.href)) return;
  pointing = setTimeout(() => {
    warmed.add(tile.href);
    fetch(tile.href, { headers: { Accept: "text/html" }, priority: "low" }).catch(() => warmed.delete(tile.href));
  }, 120);
});
