import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** One entry with fixed names: Django's manifest storage adds the hashes. */
export default defineConfig({
  plugins: [react()],
  base: "./",
  publicDir: false,
  worker: {
    format: "es",
    rolldownOptions: { output: { entryFileNames: "[name].js" } },
  },
  build: {
    outDir: process.env.EDITOR_OUT ?? "../../static/editor",
    emptyOutDir: true,
    target: "es2022",
    sourcemap: false,
    reportCompressedSize: false,
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    // The build script has a limit of its own, for what is loaded first.
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      input: { editor: "src/main.tsx" },
      output: {
        entryFileNames: "editor.js",
        chunkFileNames: "[name].js",
        assetFileNames: "editor[extname]",
      },
    },
  },
});
