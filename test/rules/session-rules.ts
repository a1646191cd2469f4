/** The rules of sessions: framing, OPEN, NOTIFICATION, states, timers, capabilities, limits. In our own words; the RFC wins. */

import type { Section } from "./rule.ts";


export const SESSION_RULES: readonly Section[] = [
  {
    title: "5.1 Framing and OPEN",
    rules: [
      { id: "5.1-marker", rfc: "4271 §6.1", says: "the marker is sixteen octets of ones, else 1/1" },
      { id: "5.1-length", rfc: "4271 §6.1", says: "a message has 19 to 4096 octets, else 1/2 with the length as received" },
      {
        id: "5.1-least-lengths",
        rfc: "4271 §6.1",
        says: "OPEN has 29 octets at least, UPDATE and ROUTE-REFRESH 23, NOTIFICATION 21, KEEPALIVE exactly 19, else 1/2",
      },
      { id: "5.1-type", rfc: "4271 §6.1", says: "types are 1 to 5, else 1/3 with the type as received" },
      { id: "5.1-header-order", rfc: "4271 §6.1", says: "marker, then length, then type" },
      {
        id: "5.1-extended-length",
        rfc: "8654 §4",
        says: "up to 65535 octets once both offered it, never for OPEN and KEEPALIVE",
      },
      { id: "5.1-framing", rfc: "4271 §4.1", says: "however TCP cuts the stream, the messages are the same" },
      { id: "5.1-total", rfc: "4271 §6", says: "any octets are a message or a NOTIFICATION, never an exception" },
      { id: "5.1-version", rfc: "4271 §6.2", says: "version 4 only, else 2/1 with the version we speak" },
      {
        id: "5.1-as-trans",
        rfc: "6793 §4.2.2, §9",
        says: "AS_TRANS stands for a number that needs four octets, which the capability tells",
      },
      { id: "5.1-as-zero", rfc: "7607 §2", says: "AS 0 is refused with 2/2, in the field and in the capability" },
      { id: "5.1-peer-as", rfc: "4271 §6.2", says: "another AS than the configured one is refused with 2/2" },
      { id: "5.1-hold-time", rfc: "4271 §6.2", says: "a hold time of 1 or 2 s is refused with 2/6" },
      {
        id: "5.1-hold-smaller",
        rfc: "4271 §4.2, §4.4",
        says: "the smaller hold time counts, keepalives go out at a third of it",
      },
      { id: "5.1-hold-zero", rfc: "4271 §4.4", says: "hold time 0: no keepalives, no hold timer" },
      { id: "5.1-router-id-zero", rfc: "6286 §2.2", says: "router id 0 is refused with 2/3, any other is one" },
      { id: "5.1-router-id-ours", rfc: "6286 §2.2", says: "our own router id is refused with 2/3 inside our AS, and only there" },
      { id: "5.1-unknown-parameter", rfc: "4271 §6.2", says: "an unknown optional parameter is refused with 2/4" },
      {
        id: "5.1-malformed-parameters",
        rfc: "4271 §6.2",
        says: "parameters or capabilities that do not add up are refused with 2/0",
      },
      {
        id: "5.1-long-parameters",
        rfc: "9072 §2",
        says: "parameters with two octets of length are read whenever type 255 stands first, and written when needed",
      },
      { id: "5.1-capabilities-anywhere", rfc: "5492 §4", says: "capabilities may stand in one parameter or in many" },
      { id: "5.1-repeated-capability", rfc: "5492 §4", says: "the same capability twice is no error" },
      { id: "5.1-unknown-capability", rfc: "5492 §3", says: "a capability that is unknown or makes no sense is passed over" },
      {
        id: "5.1-required-capability",
        rfc: "5492 §3, §5",
        says: "without a required capability 2/7, with what is missing as its data",
      },
      {
        id: "5.1-collision-router-id",
        rfc: "4271 §6.8",
        says: "of two connections past OPEN the one stays that the higher router id called for; the other gets 6/7",
      },
      { id: "5.1-collision-equal-id", rfc: "6286 §2.3", says: "with equal router ids the higher AS's connection stays" },
      { id: "5.1-collision-established", rfc: "4271 §6.8", says: "an established session wins over a newcomer" },
      {
        id: "5.1-collision-graceful-restart",
        rfc: "4724 §4.2",
        says: "where graceful restart was agreed, a new connection means that the old one is dead",
      },
    ],
  },
  {
    title: "5.2 NOTIFICATION",
    rules: [
      {
        id: "5.2-codes",
        rfc: "4271 §4.5, 4486, 6608, 7313, 8538, 9234, 9384, 9687",
        says: "every reason has its code, subcode and data, and a name for people",
      },
      { id: "5.2-no-answer", rfc: "4271 §6.4", says: "a NOTIFICATION is never answered by another" },
      { id: "5.2-last-word", rfc: "4271 §6", says: "the NOTIFICATION reaches the peer before the connection is closed" },
      {
        id: "5.2-shutdown-text",
        rfc: "9003 §2",
        says: "6/2 and 6/4 carry the operator's words, up to 255 octets of UTF-8; what we hear is made printable",
      },
      { id: "5.2-deconfigured", rfc: "4486 §4", says: "a peer that is taken out of the configuration gets 6/3" },
      { id: "5.2-connection-rejected", rfc: "4486 §4", says: "a peer that is shut down here and calls gets 6/5" },
      { id: "5.2-configuration-change", rfc: "4486 §4", says: "a peer whose session settings changed gets 6/6" },
      { id: "5.2-maximum-prefixes", rfc: "4486 §4", says: "more prefixes than allowed end the session with 6/1" },
      {
        id: "5.2-maximum-prefixes-data",
        rfc: "4486 §4",
        says: "6/1 tells family and limit",
      },
      {
        id: "5.2-refresh-length",
        rfc: "7313 §5",
        says: "a refresh mark of a wrong length is refused with 7/1 and the whole message",
      },
      { id: "5.2-hard-reset-form", rfc: "8538 §3.1", says: "6/9 carries another NOTIFICATION whole" },
      {
        id: "5.2-hard-reset",
        rfc: "8538 §4",
        says: "where it was agreed, a NOTIFICATION is a graceful event and 6/9 is not",
      },
      { id: "5.2-bfd-down", rfc: "9384 §3", says: "a session that BFD ends gets 6/10" },
    ],
  },
  {
    title: "5.3 States and timers",
    rules: [
      {
        id: "5.3-states",
        rfc: "4271 §8.2.2",
        says: "Idle, Connect, Active, OpenSent, OpenConfirm, Established are shown as the RFC has them",
      },
      {
        id: "5.3-unexpected-message",
        rfc: "6608 §4, 4271 §8.2.2",
        says: "a message out of place, malformed or not, is refused with 5/1, 5/2 or 5/3 and its type",
      },
      { id: "5.3-passive", rfc: "4271 §8.1.1", says: "a passive peer is never dialled" },
      { id: "5.3-connect-retry", rfc: "4271 §8, §10", says: "a dial that failed is repeated after the retry time, with jitter" },
      {
        id: "5.3-idle-hold",
        rfc: "4271 §8.1.1",
        says: "after failures the rest doubles up to a cap, and is short again after a session that lasted",
      },
      { id: "5.3-open-wait", rfc: "4271 §8.2.2", says: "OpenSent waits four minutes, then 4/0" },
      { id: "5.3-hold", rfc: "4271 §6.5", says: "silence for the hold time ends OpenConfirm and Established with 4/0" },
      { id: "5.3-keepalive", rfc: "4271 §4.4, §10", says: "keepalives go out with jitter, whatever else is going on" },
      {
        id: "5.3-send-hold",
        rfc: "9687 §3, §5",
        says: "a peer that takes nothing for max(480 s, twice the hold time) gets 8/0 and is left",
      },
      {
        id: "5.3-no-mrai",
        rfc: "4271 §9.2.1.1",
        says: "changes are told at once; those to one prefix while a peer is late are one",
      },
      { id: "5.3-refresh-stale", rfc: "7313 §4", says: "what was not told again between both refresh marks is gone, also when the second does not come in time" },
      {
        id: "5.3-restart-time",
        rfc: "4724 §4.2",
        says: "routes of a restarting peer are kept until it is back or its restart time is over",
      },
      {
        id: "5.3-deferral",
        rfc: "4724 §4.1",
        says: "after our own restart, End-of-RIBs are waited for, with a cap",
      },
      { id: "5.3-long-lived", rfc: "9494 §4", says: "long-lived stale routes are kept for their own time" },
      {
        id: "5.3-bfd",
        rfc: "5880 §6.8",
        says: "BFD notices a dead peer in less than a second, slowly while it is not up",
      },
    ],
  },
  {
    title: "5.5 Capabilities",
    rules: [
      {
        id: "5.5-no-capabilities",
        rfc: "4760 §8, 5492 §3",
        says: "a peer without capabilities means IPv4 unicast and two-octet AS numbers",
      },
      {
        id: "5.5-multiprotocol",
        rfc: "4760 §3, §8",
        says: "families that both offer are carried, with the link-local next hop of RFC 2545 beside the global one",
      },
      { id: "5.5-route-refresh", rfc: "2918 §4", says: "a request is answered with the whole table of its family" },
      {
        id: "5.5-refresh-ignored",
        rfc: "2918 §4, 7313 §5",
        says: "a request for what was not agreed, and an unknown subtype, are passed over",
      },
      { id: "5.5-enhanced-refresh", rfc: "7313 §3, §4", says: "an answer stands between both marks where both offered it" },
      { id: "5.5-extended-next-hop", rfc: "8950 §4", says: "IPv6 next hops of IPv4 prefixes need both sides" },
      {
        id: "5.5-extended-message",
        rfc: "8654 §3",
        says: "long messages need both sides; what does not fit a peer's length is withdrawn for it",
      },
      { id: "5.5-role", rfc: "9234 §4.2", says: "roles that do not fit are refused with 2/11; strict: none at all too" },
      {
        id: "5.5-four-octet-as",
        rfc: "6793 §3",
        says: "our AS number is told in the capability, and AS numbers have four octets when both say so",
      },
      {
        id: "5.5-as4-path-to-old",
        rfc: "6793 §4.2.2",
        says: "AS4_PATH goes only to peers without four octets, when it is needed",
      },
      {
        id: "5.5-add-path",
        rfc: "7911 §3, §4",
        says: "path identifiers stand before prefixes where that was agreed; paths that differ in them live side by side",
      },
      {
        id: "5.5-add-path-send",
        rfc: "7911 §2",
        says: "several paths are told, with identifiers that stay",
      },
      { id: "5.5-graceful-restart", rfc: "4724 §3", says: "the capability says what was kept" },
      { id: "5.5-long-lived", rfc: "9494 §3", says: "the capability counts only beside graceful restart" },
      { id: "5.5-hostname", rfc: "draft-walton-bgp-hostname-capability", says: "host and domain are shown, made printable" },
      { id: "5.5-software-version", rfc: "draft-abraitis-bgp-version-capability", says: "the version is shown" },
    ],
  },
  {
    title: "5.8 Security and limits",
    rules: [
      {
        id: "5.8-md5",
        rfc: "2385",
        says: "segments are signed, one key per peer or range",
      },
      {
        id: "5.8-gtsm",
        rfc: "5082 §3",
        says: "TTL 255 out, and nothing in that came further than allowed",
      },
      { id: "5.8-bfd", rfc: "5881 §5", says: "BFD packets have TTL 255 and the ports of the RFC" },
      { id: "5.8-tcp-ao", rfc: "5925", says: "TCP-AO", later: "needs Linux 6.7; no promise of this version" },
      { id: "5.8-strangers", rfc: "4271 §8.2.1", says: "whoever is not configured is hung up on, and counted" },
      {
        id: "5.8-callers",
        rfc: "none",
        says: "connections that are no session yet are so many, from one address and from all, and for so long",
      },
      {
        id: "5.8-prefix-limit",
        rfc: "4271 §6.7",
        says: "a peer may tell so many prefixes: it is warned of, ended, and may come back after a while",
      },
      { id: "5.8-ranges", rfc: "none", says: "peers by range have a loud limit" },
      { id: "5.8-slow-reader", rfc: "none", says: "who does not read costs the others nothing, and a bounded queue" },
      { id: "5.8-fast-sender", rfc: "none", says: "who sends faster than we decide has to wait" },
      { id: "5.8-stranger-log", rfc: "none", says: "what others can make us log has a quota, and is counted beyond it" },
      { id: "5.8-path-size", rfc: "none", says: "a path has so many AS numbers and communities; beyond it is refused, counted and logged" },
      { id: "5.8-path-ids", rfc: "7911", says: "a peer tells so many paths to one prefix" },
      { id: "5.8-flaps", rfc: "none", says: "peers that come and go as fast as they can leave nothing behind" },
      { id: "5.8-fuzz", rfc: "7606 §1", says: "whatever one peer sends, the sessions and routes of the others stay, and what we pass on is well-formed" },
      { id: "5.8-packing", rfc: "4271 §4.3", says: "routes of equal attributes fill messages to what the peer may be sent" },
      {
        id: "5.8-end-of-rib",
        rfc: "4724 §2",
        says: "each family's first table is closed by its End-of-RIB, also an empty one, and the peer's is seen",
      },
      { id: "5.8-bmp", rfc: "7854 §4", says: "a monitoring station is told who is up, every UPDATE as it came, and counters" },
    ],
  },
  {
    title: "5.10 Exit codes",
    rules: [{ id: "5.10-exit-codes", rfc: "none", says: "0 well, 1 runtime error, 2 usage or configuration, 3 not healthy" }],
  },
];
