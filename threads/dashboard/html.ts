/** Nothing here comes from a client or a user: what does, the page's script writes as text. */
const head = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>StrataKV</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
`;

/** @param problem why it is shown again; one of our own sentences */
export function loginPage(problem: string): string {
  return `${head}</head>
<body class="login">
<main>
<form method="post" action="/login">
<h1>StrataKV</h1>
${problem === '' ? '' : `<p class="problem" role="alert">${problem}</p>\n`}<label for="user">User</label>
<input id="user" name="user" value="default" autocomplete="username" autocapitalize="none" spellcheck="false" required>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" autofocus>
<button type="submit">Log in</button>
<p class="soft">With the name and password of a user of this server, as for AUTH.</p>
</form>
</main>
</body>
</html>
`;
}

export function mainPage(): string {
  return `${head}<script src="/page.js" defer></script>
</head>
<body>
<a class="skip" href="#figures">To the figures</a>
<header>
<h1>StrataKV</h1>
<p id="server" class="soft"></p>
<p id="state" role="status"></p>
<div class="actions">
<button type="button" id="pause" aria-pressed="false">Pause</button>
<form id="logout" method="post" action="/logout" hidden><button type="submit">Log out <span id="user"></span></button></form>
</div>
</header>
<noscript><p class="problem">The figures need JavaScript, which this browser does not run here. INFO and stratakv-top tell the same.</p></noscript>
<main id="figures" tabindex="-1"></main>
</body>
</html>
`;
}
