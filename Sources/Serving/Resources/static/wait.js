// A thin line while a search is under way, and only when it takes longer than one notices.
const line = document.querySelector(".wait");
const patience = 150;
let timer = 0;

function begin() {
  clearTimeout(timer);
  timer = setTimeout(() => { line.hidden = false; }, patience);
}

document.addEventListener("searching", begin);
document.getElementById("search")?.addEventListener("submit", (event) => {
  // Empty fields would only make the address longer.
  for (const field of event.target.querySelectorAll("input[name], select[name]")) field.disabled = !field.value;
  begin();
});
document.querySelector("select.collection")?.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form.querySelector(".query").value || form.querySelector("input[type=hidden]")) form.requestSubmit();
});
addEventListener("pageshow", () => {
  clearTimeout(timer);
  line.hidden = true;
  for (const field of document.querySelectorAll("#search [disabled]")) field.disabled = false;
});
