"use strict";
// Files: chosen, dropped, pasted or recorded before a message is sent; pictures and sounds are shown in messages.

const FILES_MAX = 10; // of one message (Discord: Create Message, files)
const FILE_BYTES_MAX = 10 * 1024 * 1024;
const WAVE_POINTS = 64;
const chosen = [];

function choose(files) {
  for (const file of files) {
    if (chosen.length === FILES_MAX) return say(`A message has ${FILES_MAX} files at most.`);
    if (file.size > FILE_BYTES_MAX) { say(`${file.name} is larger than 10 MiB.`); continue; }
    chosen.push(file);
  }
  listChosen();
}

function listChosen() {
  at("chosen").hidden = !chosen.length;
  at("chosen").replaceChildren(...chosen.map((file, place) => {
    const remove = button("✕", () => { chosen.splice(place, 1); listChosen(); });
    remove.setAttribute("aria-label", `Do not send ${file.name}`);
    return make("span", { className: "file" }, file.voice ? "🎤 " : "📎 ", file.name, " ", remove);
  }));
}

async function encoded(file) {
  const url = await new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(file);
  });
  return { name: file.name, type: file.type.split(";")[0] || "application/octet-stream", data: url.slice(url.indexOf(",") + 1), ...file.voice };
}

const takeChosen = () => Promise.all(chosen.map(encoded));

function forgetChosen() {
  chosen.length = 0;
  listChosen();
}

// A voice message, as Discord's clients record one: it goes alone, without text.
let recorder = null;

async function record() {
  if (recorder) { recorder.stop(); return; }
  if (!navigator.mediaDevices) { say("This browser does not let this page record."); return; }
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => null);
  if (!stream) { say("The browser did not give the microphone. Allow it, or attach a recording."); return; }
  const pieces = [];
  recorder = new MediaRecorder(stream);
  recorder.ondataavailable = (event) => pieces.push(event.data);
  recorder.onstop = async () => {
    for (const track of stream.getTracks()) track.stop();
    const kind = recorder.mimeType;
    recorder = null;
    at("record").setAttribute("aria-pressed", "false");
    const file = new File(pieces, kind.includes("ogg") ? "voice-message.ogg" : "voice-message.webm", { type: kind });
    file.voice = await waveform(file);
    forgetChosen();
    choose([file]);
    at("composer").requestSubmit();
  };
  recorder.start();
  at("record").setAttribute("aria-pressed", "true");
}

async function waveform(file) {
  const context = new AudioContext();
  const sound = await file.arrayBuffer().then((it) => context.decodeAudioData(it)).finally(() => context.close());
  const samples = sound.getChannelData(0);
  const step = Math.max(1, Math.floor(samples.length / WAVE_POINTS));
  const points = Array.from({ length: WAVE_POINTS }, (_, place) => {
    let loudest = 0;
    for (const value of samples.subarray(place * step, (place + 1) * step)) loudest = Math.max(loudest, Math.abs(value));
    return Math.min(255, Math.round(loudest * 255));
  });
  return { seconds: sound.duration, waveform: btoa(String.fromCharCode(...points)) };
}

function drawFile(file) {
  const address = `${file.path}?${new URLSearchParams({ person: state.person })}`;
  const about = file.description || file.name;
  if (file.kind === "image") return make("a", { href: address, target: "_blank", className: "picture" }, make("img", { src: address, alt: about, title: about, loading: "lazy" }));
  if (file.kind === "audio") return make("audio", { src: address, controls: true, preload: "none", "aria-label": about });
  const size = file.bytes < 1024 ? `${file.bytes} bytes` : `${(file.bytes / 1024).toFixed(1)} KiB`;
  return make("div", { className: "file" }, "📎 ", make("a", { href: address, download: file.name }, file.name), make("span", { className: "small" }, ` ${size}`));
}

at("attach").addEventListener("click", () => at("picker").click());
at("picker").addEventListener("change", () => { choose(at("picker").files); at("picker").value = ""; });
at("record").addEventListener("click", record);
at("text").addEventListener("paste", (event) => {
  if (!event.clipboardData.files.length) return;
  event.preventDefault();
  choose(event.clipboardData.files);
});
at("place").addEventListener("dragover", (event) => event.preventDefault());
at("place").addEventListener("drop", (event) => {
  event.preventDefault();
  choose(event.dataTransfer.files);
});
