// A screen that needs the server and was opened without it: what it could not read is read when the network is back.
import { onMounted, watch } from 'vue'
import { state, sync } from '../store/home'

/** Read on arrival, and again when the server is reached, as long as `missing` says that it is still wanted. */
export function readWhenReached(read: () => Promise<void>, missing: () => boolean): void {
  onMounted(async () => {
    await read()
    if (!missing()) return
    // Whether the server is away is for the next sending to find out: then its return is noticed, too.
    await sync()
    if (state.online && missing()) await read()
  })
  watch(() => state.online, (online) => online && missing() && void read())
}
