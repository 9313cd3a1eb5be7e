"""Authorities that can say who somebody is, or at least that it is the same person as before, behind one port.

`port` is what an authority offers; `oidc` and `wechat` are the adapters; `flows` keeps what was sent out until the
browser comes back; `recognition` decides what a proof is good for here; `binding` keeps which subject opens which
account.
"""
