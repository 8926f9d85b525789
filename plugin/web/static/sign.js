// Hands the content to the signing plug-in on the signer's own PC and sends its answer back as a file, by the form.
const place = document.getElementById("plug-in");
if (place && "WebSocket" in window && "DataTransfer" in window) {
  const OPENING = 10000, ANSWER = 300000; // milliseconds
  const start = document.getElementById("plug-in-start");
  const said = document.getElementById("plug-in-said");
  const form = place.querySelector("form");
  const say = (name, more) => {
    said.hidden = false;
    said.textContent = place.querySelector(`[data-say=${name}]`).textContent + (more ? ` ${more}` : "");
  };
  const ended = (name, more) => {
    say(name, more);
    start.disabled = false;
  };
  const base64 = async (blob) => {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  };
  const answered = (text) => {
    let reply;
    try { reply = JSON.parse(text); } catch { return ended("strange"); }
    if (reply && reply.Error) return ended("refused", String(reply.Error).slice(0, 300));
    if (!reply || typeof reply.Signature !== "string" || !reply.Signature) return ended("strange");
    say("sending");
    const carrier = new DataTransfer();
    carrier.items.add(new File([reply.Signature], "plug-in.txt", { type: "text/plain" }));
    form.elements.returned.files = carrier.files;
    form.submit();
  };
  const ask = (content) => {
    let open = false, over = false, timer;
    let line;
    const end = (act) => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      line.close();
      act();
    };
    try { line = new WebSocket(place.dataset.address); } catch { return ended("absent"); }
    timer = setTimeout(() => end(() => ended("absent")), OPENING);
    line.onopen = () => {
      open = true;
      clearTimeout(timer);
      timer = setTimeout(() => end(() => ended("late")), ANSWER);
      say("signing");
      line.send(JSON.stringify({ Base64Content: content, ReturnSignatureOnly: false, HashAlg: "SHA256", XmlDsigForm: true }));
    };
    line.onmessage = (event) => end(() => answered(event.data));
    line.onerror = line.onclose = () => end(() => ended(open ? "late" : "absent"));
  };
  start.disabled = false;
  start.addEventListener("click", async () => {
    start.disabled = true;
    say("asking");
    try {
      const got = await fetch(place.dataset.body);
      if (!got.ok) throw new Error(got.status);
      ask(await base64(await got.blob()));
    } catch { location.reload(); } // the session has ended, or the paper waits no more: the page says which
  });
}
