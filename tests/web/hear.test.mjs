/** When the switch that plays the band here invites to be pressed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { unheard } from "../../server/web/page/audio/hear.js";

test("where no MIDI port is open the band is heard here or nowhere; a recorder is no ear", () => {
  assert.ok(unheard("none:lead=missing none:drums=missing recorder:show.mid=open"));
  assert.ok(!unheard("jack:lead=open jack:drums=missing recorder:show.mid=open"));
  assert.ok(!unheard("rtmidi:combined=open"));
  assert.ok(!unheard("")); // nothing is known yet
});
