/** How the page is built: into `dist/dashboard`, everything in files of its own (the page's policy allows nothing inline). */
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/',
  publicDir: 'public',
  build: {
    outDir: '../dist/dashboard',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // How long which plugin took is nobody's affair who builds.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
