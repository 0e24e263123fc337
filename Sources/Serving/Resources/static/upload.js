// Search by a picture that is chosen, dropped or pasted anywhere on the page. The plain form does the sending.
const form = document.getElementById("upload");
const input = document.getElementById("picture");
const hint = document.querySelector(".drop");
const notice = document.querySelector(".notice");
const maximumBytes = 16 << 20;
const largestSide = 1024;

function say(sentence) {
  notice.textContent = sentence;
  notice.hidden = false;
  setTimeout(() => { notice.hidden = true; }, 5000);
}

// Photographs from telephones have many more pixels than the model looks at.
async function shrunk(file) {
  if (file.size < 1 << 20) return file;
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, largestSide / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
    return blob ? new File([blob], "picture.jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file; // A format that the browser cannot read; the server may.
  }
}

async function searchWith(file) {
  const picture = await shrunk(file);
  if (picture.size > maximumBytes) return say("This picture has more than 16 MiB. Choose a smaller one.");
  const transfer = new DataTransfer();
  transfer.items.add(picture);
  input.files = transfer.files;
  document.dispatchEvent(new Event("searching"));
  form.submit();
}

function pictureIn(transfer) {
  return [...(transfer?.files ?? [])].find((file) => file.type.startsWith("image/"));
}

if (form && input) {
  input.addEventListener("change", () => { if (input.files.length) searchWith(input.files[0]); });

  let depth = 0;
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    depth += 1;
    hint.hidden = false;
  });
  addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    depth -= 1;
    if (depth <= 0) hint.hidden = true;
  });
  addEventListener("dragover", (event) => { if (hasFiles(event)) event.preventDefault(); });
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    hint.hidden = true;
    const file = pictureIn(event.dataTransfer);
    if (file) searchWith(file); else say("That is no picture.");
  });
  addEventListener("paste", (event) => {
    const file = pictureIn(event.clipboardData);
    if (!file) return;
    event.preventDefault();
    searchWith(file);
  });
}
