// Files that are chosen, dropped, pasted or recorded, until the message is sent.
import { html, useRef, useState } from "./libraries/view.js";
import { useWords } from "./words.js";

const FILES_MAX = 10; // of one message (Discord: Create Message, files)
const FILE_BYTES_MAX = 10 * 1024 * 1024;
const WAVE_POINTS = 64;

export function useFiles(complain, onVoice) {
  const [chosen, setChosen] = useState([]);
  const [isRecording, setRecording] = useState(false);
  const picker = useRef(null);
  const recorder = useRef(null);

  const choose = (files) => {
    const fitting = [...files].filter((file) => file.size <= FILE_BYTES_MAX);
    if (fitting.length < files.length) complain({ key: "files.too_large" });
    if (chosen.length + fitting.length > FILES_MAX) complain({ key: "files.too_many", values: { most: FILES_MAX } });
    setChosen((now) => [...now, ...fitting].slice(0, FILES_MAX));
  };
  const paste = (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    choose(event.clipboardData.files);
  };
  // A voice message, as Discord's clients record one: it goes alone, without text.
  const record = async () => {
    if (recorder.current) { recorder.current.stop(); return; }
    if (!navigator.mediaDevices) { complain({ key: "voice.not_here" }); return; }
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => null);
    if (!stream) { complain({ key: "voice.no_microphone" }); return; }
    const pieces = [];
    const made = new MediaRecorder(stream);
    recorder.current = made;
    made.ondataavailable = (event) => pieces.push(event.data);
    made.onstop = async () => {
      for (const track of stream.getTracks()) track.stop();
      recorder.current = null;
      setRecording(false);
      const file = new File(pieces, made.mimeType.includes("ogg") ? "voice-message.ogg" : "voice-message.webm", { type: made.mimeType });
      onVoice({ ...(await encoded(file)), ...(await waveform(file)) });
    };
    made.start();
    setRecording(true);
  };
  return {
    chosen, choose, paste, record, isRecording, picker,
    pick: () => picker.current.click(),
    remove: (place) => setChosen((now) => now.filter((_, index) => index !== place)),
    forget: () => setChosen([]),
    encoded: () => Promise.all(chosen.map(encoded)),
  };
}

export function Chosen({ files }) {
  const words = useWords();
  return html`
    <input type="file" multiple hidden aria-hidden="true" tabindex="-1" ref=${files.picker} onChange=${(event) => { files.choose(event.target.files); event.target.value = ""; }} />
    ${files.chosen.length > 0 && html`<div class="chosen" aria-label=${words.say("files.to_send")} role="group">${files.chosen.map((file, place) => html`
      <span class="card file" key=${place}>📎 ${file.name} <span class="quiet">${words.size(file.size)}</span> <button type="button" aria-label=${words.say("files.do_not_send", { name: file.name })} onClick=${() => files.remove(place)}>✕</button></span>`)}</div>`}`;
}

async function encoded(file) {
  const url = await new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(file);
  });
  return { name: file.name, type: file.type.split(";")[0] || "application/octet-stream", data: url.slice(url.indexOf(",") + 1) };
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
