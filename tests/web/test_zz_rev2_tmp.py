import asyncio, json, time, os, random
from tests.web.gate import Entry, rows, SECRET, open_endpoint
from tests.conftest import TestOrganization
import pytest
import web.keeping as k
_o=k.Keeper._put
async def _put(self, received):
    t=time.monotonic()
    try: return await _o(self, received)
    finally:
        if len(received[0].raw)>1000: print("put took", round(time.monotonic()-t,2), len(received[0].raw))
k.Keeper._put=_put
@pytest.mark.timeout(150)
async def test_large(github, sessions, organization):
    for size in (5, 24, 24):
        noise = [ {"k%d"%i: random.random(), "t": "abc def %d" % i} for i in range(size*1024*1024//58)]
        body = json.dumps({"a": noise}).encode()
        t=time.monotonic()
        small=[]
        stop=False
        async def smalls():
            while not stop:
                b=time.monotonic(); a=await github.deliver({"x":1}); small.append((time.monotonic()-b, a.status_code, a.json().get("id","")[:8]))
                await asyncio.sleep(.05)
        task=asyncio.create_task(smalls())
        try: answer = await github.deliver(body)
        except BaseException as e: print("ERR", size, type(e), e, round(time.monotonic()-t,2)); answer=None
        stop=True; await task
        print(size, len(body), answer and answer.status_code, answer and answer.text[:80], round(time.monotonic()-t,2), "small max", max(small), len(small), [s for s in small if s[2].startswith("webhook")][:3])
