// Dark or light: what the system says, until somebody chooses.
import { html, useEffect, useState } from "./libraries/view.js";
import { useWords } from "./words.js";

const KEY = "theme";
const system = matchMedia("(prefers-color-scheme: light)");
const chosen = () => localStorage.getItem(KEY) ?? (system.matches ? "light" : "dark");

export function Theme() {
  const words = useWords();
  const [theme, setTheme] = useState(chosen);
  useEffect(() => { document.documentElement.dataset.theme = theme; }, [theme]);
  useEffect(() => {
    const follow = () => setTheme(chosen());
    system.addEventListener("change", follow);
    return () => system.removeEventListener("change", follow);
  }, []);
  const other = theme === "dark" ? "light" : "dark";
  const choose = () => { localStorage.setItem(KEY, other); setTheme(other); };
  return html`<button type="button" aria-label=${words.say(`bar.${other}`)} title=${words.say(`bar.${other}`)} onClick=${choose}>${theme === "dark" ? "☀️" : "🌙"}</button>`;
}
