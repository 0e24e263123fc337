// Remembers the last list of results in this tab, so that a picture's page knows what comes before and after it.
const key = "trail";
const load = () => { try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; } };
const save = (trail) => { try { sessionStorage.setItem(key, JSON.stringify(trail)); } catch { /* Storage is off or full. */ } };

const list = document.querySelector("[data-trail]");
if (list) {
  const remember = () => save({
    from: location.pathname + location.search,
    query: new URLSearchParams(location.search).get("q") ?? "",
    items: [...list.querySelectorAll("a[href]")].map((tile) => tile.getAttribute("href")),
  });
  remember();
  document.addEventListener("tiles", remember);
  // Back from another page of this tab.
  addEventListener("pageshow", (event) => { if (event.persisted) remember(); });
}

const item = document.querySelector("[data-item]");
if (item) {
  const trail = load();
  const place = trail?.items?.indexOf(location.pathname + location.search) ?? -1;
  if (place >= 0) {
    const steps = new Map();
    for (const step of document.querySelectorAll("[data-step]")) {
      const direction = Number(step.dataset.step);
      const href = trail.items[place + direction];
      if (!href) continue;
      step.href = href;
      step.hidden = false;
      steps.set(direction, step);
    }
    addEventListener("keydown", (event) => {
      const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!direction || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.target.matches("input, select") || event.target.closest("[data-grid]")) return;
      steps.get(direction)?.click();
    });
    const back = document.querySelector("[data-back]");
    back.href = trail.from;
    back.hidden = false;
    const unlike = document.querySelector("[data-unlike]");
    if (trail.query && unlike) {
      const query = new URLSearchParams(new URL(trail.from, location.origin).search);
      query.delete("offset");
      query.set("unlike", item.dataset.item);
      unlike.href = `/search?${query}`;
      unlike.hidden = false;
    }
  }

  const share = document.querySelector("[data-share]");
  if (share && navigator.share) {
    share.hidden = false;
    share.addEventListener("click", () => {
      navigator.share({ title: document.title, url: location.href }).catch(() => { /* Closed without sharing. */ });
    });
  }
}
