/**
 * The one page template of the webviews. Nothing may load but the extension's own files, no script may run but its own,
 * and no text that the page shows is in it.
 */

/** What a page is made of: addresses as the page sees them. */
export interface Page {
  readonly title: string;
  readonly script: string;
  readonly styles: readonly string[];
  /** The source that the editor gives its local files (`webview.cspSource`). */
  readonly origin: string;
  /** Made anew for every page. */
  readonly nonce: string;
}

/** The page's HTML. */
export function html({ title, script, styles, origin, nonce }: Page): string {
  const policy = [
    "default-src 'none'",
    `img-src ${origin}`,
    `font-src ${origin}`,
    `style-src ${origin} 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
  ].join("; ");
  const links = styles.map((style) => `<link rel="stylesheet" nonce="${nonce}" href="${style}">`);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<title>${title}</title>
${links.join("\n")}
</head>
<body>
<main id="root"></main>
<script type="module" nonce="${nonce}" src="${script}"></script>
</body>
</html>
`;
}
