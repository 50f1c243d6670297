// Builds the client into mobile_api/static/app, which is committed: a school needs Python only.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'

/** Fetched when they are first used and not kept on every phone: the desk, what scans where the browser cannot, Firebase. */
const NOT_FOR_ALL = /\/src\/desk\/|\/screens\/Desk\.vue|\/store\/fcm\.ts|\/node_modules\/qr\//

type Bundle = Record<string, { type: 'asset' } | { type: 'chunk'; isEntry: boolean; facadeModuleId: string | null; imports: string[]; dynamicImports: string[]; viteMetadata?: { importedCss: Set<string> } }>

/** The built files that a family's phone keeps from the beginning: all that the entry leads to, the above left out. */
function keptFiles(bundle: Bundle): string[] {
  const kept = new Set<string>()
  const visit = (name: string): void => {
    const chunk = bundle[name]
    if (chunk?.type !== 'chunk' || kept.has(name)) return
    kept.add(name)
    for (const css of chunk.viteMetadata?.importedCss ?? []) kept.add(css)
    chunk.imports.forEach(visit)
    for (const later of chunk.dynamicImports) {
      const found = bundle[later]
      if (found?.type === 'chunk' && !NOT_FOR_ALL.test(found.facadeModuleId ?? '')) visit(later)
    }
  }
  for (const [name, chunk] of Object.entries(bundle)) if (chunk.type === 'chunk' && chunk.isEntry) visit(name)
  return [...kept].filter((name) => name.startsWith('assets/')).sort()
}

/** Writes sw.js with the list of built files and a hash over their content: the same source gives the same worker. */
function serviceWorker(): Plugin {
  return {
    name: 'nightsheet-service-worker',
    apply: 'build',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const names = keptFiles(bundle as unknown as Bundle)
      const hash = createHash('sha256')
      for (const name of Object.keys(bundle).sort()) {
        const file = bundle[name]!
        hash.update(name).update(file.type === 'chunk' ? file.code : file.source)
      }
      const source = readFileSync(new URL('./src/sw.js', import.meta.url), 'utf8')
      hash.update(source)
      const files = JSON.stringify(['/', ...names.map((name) => `/app/${name}`)])
      this.emitFile({
        type: 'asset',
        fileName: 'sw.js',
        source: source.replace('__FILES__', files).replace('__VERSION__', hash.digest('hex').slice(0, 16)),
      })
    },
  }
}

/** Vant's icon font names a remote address; nothing of ours may call anywhere but its own server. */
function noRemoteFonts(): Plugin {
  return {
    name: 'nightsheet-no-remote-fonts',
    enforce: 'pre',
    transform(code, id) {
      if (!id.includes('/vant/') || !id.endsWith('.css')) return
      return code.replace(/,?\s*url\((['"]?)(?:https?:)?\/\/[^)]*\)\s*format\((['"]?)[\w-]+\2\)/g, '')
    },
  }
}

export default defineConfig({
  base: '/app/',
  plugins: [vue(), noRemoteFonts(), serviceWorker()],
  define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false' },
  build: {
    outDir: '../static/app',
    emptyOutDir: true,
    target: ['chrome87', 'safari14'],
    assetsInlineLimit: 4096,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { host: '127.0.0.1', proxy: { '/api': 'http://127.0.0.1:8000', '/icon.svg': 'http://127.0.0.1:8000' } },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
} as Parameters<typeof defineConfig>[0])
