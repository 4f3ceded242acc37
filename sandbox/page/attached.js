// A file that stands on a message: pictures and sounds are shown, everything else is a card to store.
import { html, useRef, useState } from "./libraries/view.js";
import { useWords } from "./words.js";

export function Attached({ file, person }) {
  const words = useWords();
  const address = `${file.path}?${new URLSearchParams({ person })}`;
  if (file.kind === "image") {
    return html`<a class="picture" href=${address} target="_blank" rel="noopener"><img src=${address} alt=${file.description || file.name} title=${file.description || file.name} loading="lazy" /></a>`;
  }
  if (file.kind === "audio" && file.waveform) return html`<${Voice} file=${file} address=${address} />`;
  if (file.kind === "audio") return html`<div class="card sound"><span>🎵 ${file.name}</span><audio controls preload="metadata" src=${address} aria-label=${file.description || file.name}></audio></div>`;
  return html`<div class="card file">📄 <span><a href=${address} download=${file.name}>${file.name}</a><br /><span class="quiet">${words.size(file.bytes)}</span></span></div>`;
}

const seconds = (length) => `${Math.floor(length / 60)}:${String(Math.floor(length % 60)).padStart(2, "0")}`;

function Voice({ file, address }) {
  const words = useWords();
  const [isPlaying, setPlaying] = useState(false);
  const [part, setPart] = useState(0);
  const sound = useRef(null);
  const toggle = () => (isPlaying ? sound.current.pause() : sound.current.play());
  const points = [...atob(file.waveform)].map((letter) => letter.charCodeAt(0));
  const wide = 3 * points.length;
  return html`<div class="voice">
    <button type="button" class="primary round" aria-label=${words.say(isPlaying ? "voice.pause" : "voice.play")} onClick=${toggle}>${isPlaying ? "⏸" : "▶"}</button>
    <svg viewBox=${`0 0 ${wide} 32`} aria-hidden="true" preserveAspectRatio="none">${points.map((point, place) => {
      const tall = Math.max(2, (point / 255) * 30);
      return html`<rect key=${place} class=${place / points.length < part ? "played" : ""} x=${place * 3} y=${16 - tall / 2} width="2" height=${tall} rx="1" />`;
    })}</svg>
    <span>${seconds(file.seconds)}</span>
    <audio ref=${sound} src=${address} preload="metadata" onPlay=${() => setPlaying(true)} onPause=${() => setPlaying(false)} onEnded=${() => setPart(0)}
      onTimeUpdate=${(event) => setPart(event.target.currentTime / (event.target.duration || file.seconds))}></audio>
  </div>`;
}
