import hashlib
import hmac
import json
import sys

d = json.load(sys.stdin)
seed, outcomes = d["seed"], [row["outcome"] for row in d["result"]]
if hashlib.sha256(seed.encode()).hexdigest() != d["seed_sha256"]:
    sys.exit("种子和事先公布的封条不符")
order = sorted(range(1, d["requests"] + 1), key=lambda n: hmac.digest(seed.encode(), str(n).encode(), "sha256"))
if [row["number"] for row in d["result"]] != order:
    sys.exit("次序和种子不符")
if set(outcomes) - {"won", "lost", "rule"}:
    sys.exit("有人没有结果")
if outcomes.count("won") > d["places"]:
    sys.exit("抽中的人比号多")
full = (outcomes + ["lost"]).index("lost")
if outcomes[full:].count("won") > d["places_for_elders"]:
    sys.exit("有人没有抽中，排在后面的人却抽中了")
print("抽签真实")
