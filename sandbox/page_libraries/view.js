export { render } from "preact";
export { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { memo } from "preact/compat";
export { html } from "htm/preact";
