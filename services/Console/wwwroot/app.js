// The few things that only the browser knows.
window.autodev = {
  isDark: () => {
    const kept = localStorage.getItem('autodev.dark');
    const dark = kept === null ? matchMedia('(prefers-color-scheme: dark)').matches : kept === 'true';
    autodev.show(dark);
    return dark;
  },
  keepDark: dark => {
    localStorage.setItem('autodev.dark', dark);
    autodev.show(dark);
  },
  show: dark => {
    document.documentElement.classList.toggle('dark', dark);
    document.documentElement.style.colorScheme = dark ? 'dark' : 'light';
  },
  copy: async text => {
    try { await navigator.clipboard.writeText(text); return true; } catch { return false; }
  },
};
