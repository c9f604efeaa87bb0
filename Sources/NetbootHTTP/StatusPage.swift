/// The page for people: it draws what `/status.json` says (the runtime's status), every two seconds.
///
/// Self-contained: it must work on a cable with nothing else on it.
enum StatusPage {
  static let html = Array(document.utf8)

  private static let document = """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>iSCSI Target Ramdisk</title>
    <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect x='1' y='4' width='14' height='8' rx='2' fill='%232f6fdf'/%3E%3Ccircle cx='12' cy='8' r='1.3' fill='white'/%3E%3C/svg%3E">
    <style>
    \(style)
    </style>
    </head>
    <body>
    <main>
    <header>
      <svg viewBox="0 0 48 48" aria-hidden="true">
        <rect x="4" y="12" width="40" height="24" rx="6"/><circle id="light" cx="36" cy="24" r="3"/>
        <path d="M11 20h14M11 28h9"/>
      </svg>
      <div><h1 id="headline">iSCSI Target Ramdisk</h1><p id="advice">Asking the target …</p></div>
      <span id="phase" class="badge">…</span>
    </header>
    <section id="problems" hidden><h2>Problems</h2><ul></ul></section>
    <section><h2>Disks</h2><div id="disks" class="rows"></div></section>
    <section><h2>Using them</h2><div id="sessions" class="rows"></div></section>
    <div class="pair">
      <section><h2>Booting from here</h2><div id="clients" class="rows"></div></section>
      <section><h2>In the menu</h2><div id="entries" class="rows"></div></section>
    </div>
    <section><h2>What happened last</h2><ol id="events"></ol></section>
    <section><h2>This machine</h2><dl id="machine"></dl></section>
    </main>
    <script>
    \(script)
    </script>
    </body>
    </html>
    """

  private static let style = """
    :root { color-scheme: light dark; --paper: #f4f5f7; --card: #fff; --ink: #1c2430; --soft: #647084; --line: #e3e6eb;
      --blue: #2f6fdf; --green: #1d8a4e; --amber: #a86500; --red: #c22f2f; }
    @media (prefers-color-scheme: dark) { :root { --paper: #14181e; --card: #1d232b; --ink: #e8ecf2; --soft: #97a3b5;
      --line: #2c343f; --blue: #6fa3ff; --green: #57c98a; --amber: #e0a94a; --red: #ff8a80; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; }
    main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; display: grid; gap: 1rem; }
    header { display: flex; align-items: center; gap: 1rem; }
    header div { flex: 1; min-width: 0; }
    header svg { width: 4rem; flex: none; fill: none; stroke: var(--blue); stroke-width: 2.5; stroke-linecap: round; }
    #light { fill: var(--soft); stroke: none; }
    .busy #light { fill: var(--green); animation: pulse 1.6s ease-in-out infinite; }
    @keyframes pulse { 50% { opacity: .25; } }
    @media (prefers-reduced-motion: reduce) { .busy #light { animation: none; } }
    h1 { font-size: 1.35rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
    header p { margin: .15rem 0 0; color: var(--soft); }
    h2 { font-size: .78rem; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); margin: 0 0 .5rem; }
    section { background: var(--card); border: 1px solid var(--line); border-radius: .8rem; padding: 1rem 1.1rem; }
    .pair { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); }
    .row { display: flex; gap: .8rem; align-items: baseline; padding: .45rem 0; border-top: 1px solid var(--line); }
    .row:first-child { border-top: 0; padding-top: 0; } .row:last-child { padding-bottom: 0; }
    .row > div { flex: 1; min-width: 0; overflow-wrap: anywhere; }
    .row small, .none { color: var(--soft); display: block; font-size: .875rem; }
    .badge { font-size: .8rem; font-weight: 600; padding: .15rem .6rem; border-radius: 1rem; white-space: nowrap;
      color: var(--soft); background: color-mix(in srgb, currentColor 14%, transparent); }
    .good { color: var(--green); } .warn { color: var(--amber); } .bad { color: var(--red); }
    #problems { border-color: var(--red); } #problems h2, #problems li { color: var(--red); }
    ul, ol { margin: 0; padding: 0; list-style: none; } li { overflow-wrap: anywhere; }
    #events { font: .875rem/1.6 ui-monospace, "DejaVu Sans Mono", monospace; max-height: 22rem; overflow-y: auto; }
    dl { margin: 0; display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
    dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
    """
}
