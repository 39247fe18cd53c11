// Runs before first paint: a browser that chose another theme before signing in keeps it.
{
  const root = document.documentElement;
  const saved = localStorage.getItem('theme');
  if (root.dataset.theme === 'auto' && saved) root.dataset.theme = saved;
}
