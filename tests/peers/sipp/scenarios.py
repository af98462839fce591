"""What SIPp plays: scenarios put together from a few pieces."""

from __future__ import annotations

from pathlib import Path

HEAD = '<?xml version="1.0" encoding="UTF-8" ?>\n<scenario name="{name}">\n{body}\n</scenario>\n'
ECHOED = "[last_Via:]\n[last_From:]\n[last_To:]{tag}\n[last_Call-ID:]\n{cseq}"
TAG = ";tag=[pid]uas[call_number]"
CONTACT = "Contact: <sip:[local_ip]:[local_port]>"
CHALLENGE = 'Digest realm="sipp", nonce="47ebe028cda119c35d4877b383027d28da013815", algorithm={}'

REASONS = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    407: "Proxy Authentication Required",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    487: "Request Terminated",
    500: "Server Internal Error",
    503: "Service Unavailable",
    603: "Decline",
}


def sdp(
    formats: str = "0 101", *, port: str = "[rtpstream_audio_port]", media_c: bool = False
) -> str:
    """A session description; *media_c* repeats the connection in the media section."""
    maps = {"0": "PCMU/8000", "8": "PCMA/8000", "101": "telephone-event/8000"}
    return "\n".join(
        [
            "v=0",
            "o=sipp 1 1 IN IP4 [local_ip]",
            "s=-",
            "c=IN IP4 [media_ip]",
            "t=0 0",
            f"m=audio {port} RTP/AVP {formats}",
            *(["c=IN IP4 [media_ip]"] if media_c else []),
            *(f"a=rtpmap:{name} {maps[name]}" for name in formats.split()),
            *(["a=fmtp:101 0-15"] if "101" in formats else []),
            "a=ptime:20",
            "a=sendrecv",
            "",
        ]
    )


def _send(lines: list[str], body: str, attributes: str = "") -> str:
    kind = ["Content-Type: application/sdp"] if body else []
    text = "\n".join([*lines, *kind, "Content-Length: [len]", "", body])
    return f"<send{attributes}><![CDATA[\n{text}\n]]></send>"


def recv(
    method: str, *, keep: dict[str, tuple[str, str]] | None = None, to_tag: bool = False
) -> str:
    """Wait for a request, keeping headers in variables: ``{"2": ("From:", ".*")}``.

    With *to_tag* the request must carry our To tag.
    """
    kept = dict(keep or {}) | ({"1": ("To:", "tag=[0-9]+uas")} if to_tag else {})
    actions = "".join(
        f'<ereg regexp="{regexp}" search_in="hdr" header="{header}" check_it="true" '
        f'assign_to="{number}"/>'
        for number, (header, regexp) in kept.items()
    )
    inner = f"<action>{actions}</action>" if actions else ""
    reference = '<Reference variables="1"/>' if to_tag else ""
    return f'<recv request="{method}" timeout="45000" crlf="true">{inner}</recv>{reference}'


def expect(code: int) -> str:
    """Wait for a response to what we sent."""
    return f'<recv response="100" optional="true"/><recv response="{code}" timeout="10000"/>'


def respond(
    code: int,
    *,
    body: str = "",
    extra: str = "",
    cseq: str = "[last_CSeq:]",
    tag: str = TAG,
    repeats: bool = False,
) -> str:
    """Answer the last request."""
    to_tag = "" if code == 100 else tag
    lines = [f"SIP/2.0 {code} {REASONS[code]}", ECHOED.format(tag=to_tag, cseq=cseq), CONTACT]
    attributes = ' retrans="500"' if repeats else ""
    return _send([*lines, *([extra] if extra else [])], body, attributes)


def agree() -> str:
    """Answer 200 to a request of the call, whose To has its tag."""
    return respond(200, tag="")


def pause(milliseconds: int) -> str:
    """Let time pass."""
    return f'<pause milliseconds="{milliseconds}"/>'


def stream(path: Path) -> str:
    """Stream mu-law audio, over and over."""
    return f'<nop><action><exec rtp_stream="{path},-1,0,PCMU/8000"/></action></nop>'


def play_keys(path: Path) -> str:
    """Send the RTP packets of a capture."""
    return f'<nop><action><exec play_pcap_audio="{path}"/></action></nop>'


def ask(method: str, cseq: int, *, body: str = "", repeats: bool = True) -> str:
    """Send a request within the call; ``recv("INVITE", keep=OUR_FROM)`` must have come first."""
    lines = [
        f"{method} [$5] SIP/2.0",
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
        "From: <sip:uas@[local_ip]>;tag=[pid]uas[call_number]",
        "To: [$2]",
        "[last_Call-ID:]",
        f"CSeq: {cseq} {method}",
        CONTACT,
        "Max-Forwards: 70",
    ]
    return _send(lines, body, ' retrans="500"' if repeats else "")


OUR_FROM = {
    "2": ("From:", ".*sip:.33970000000@.*"),
    "5": ("Contact:", "sip:[^>;]*"),
    "6": ("P-Asserted-Identity:", "sip:.33970000000@"),
}
INVITED = recv("INVITE", keep=OUR_FROM) + '<Reference variables="2,5,6"/>'
TRYING = respond(100)
RINGING = respond(180)
HUNG_UP = recv("BYE") + agree()


def answered(body: str | None = None, *, to_tag: bool = False) -> str:
    """200 with audio, and its ACK."""
    return respond(200, body=sdp() if body is None else body) + recv("ACK", to_tag=to_tag)


def answered_slowly(body: str | None = None) -> str:
    """INVITE, 100, 180, 200 after 200 ms, ACK."""
    return INVITED + TRYING + RINGING + pause(200) + answered(body)


def refused(code: int, *, tries: bool, extra: str = "") -> str:
    """A failure, after 100 or not, and its ACK."""
    return recv("INVITE") + (TRYING if tries else "") + pause(100) + refusal(code, extra=extra)


def refusal(code: int, *, extra: str = "") -> str:
    """A failure and its ACK."""
    return respond(code, extra=extra) + recv("ACK")


def challenged(code: int, *, tries: bool, algorithm: str = "MD5") -> str:
    """A challenge, then an answer to the INVITE that carries credentials."""
    name, reply = {
        401: ("WWW-Authenticate", "Authorization:"),
        407: ("Proxy-Authenticate", "Proxy-Authorization:"),
    }[code]
    retried = {"2": ("From:", ".*"), "4": (reply, "username=.licite.")}
    return (
        recv("INVITE")
        + (TRYING if tries else "")
        + refusal(code, extra=f"{name}: {CHALLENGE.format(algorithm)}")
        + recv("INVITE", keep=retried)
        + '<Reference variables="2,4"/>'
        + TRYING
        + RINGING
        + pause(200)
        + answered()
        + HUNG_UP
    )


def calling(*, offers: bool, keys: Path | None = None, cancels: bool = False) -> str:
    """SIPp calls us: INVITE, ACK, key presses, BYE; or CANCEL after a provisional response."""
    body = sdp("8 0 101", port="[auto_media_port]") if offers else ""
    start = [
        "sip:+33970000000@[remote_ip]:[remote_port] SIP/2.0",
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}",
        "From: <sip:+33612345678@[local_ip]>;tag=[pid]uac[call_number]",
        "To: <sip:+33970000000@[remote_ip]>{to}",
        "Call-ID: [call_id]",
        "CSeq: 1 {method}",
        "Max-Forwards: 70",
    ]

    def request(
        method: str,
        *,
        to: str = "[peer_tag_param]",
        cseq: int = 1,
        body: str = "",
        branch: str = "[branch]",
        attributes: str = "",
    ) -> str:
        lines = [line.format(branch=branch, to=to, method=method) for line in start]
        lines[0] = f"{method} {lines[0]}"
        lines[5] = f"CSeq: {cseq} {method}"
        if method == "INVITE":
            lines += [CONTACT, "P-Asserted-Identity: <sip:+33612345678@[local_ip]>"]
        return _send(lines, body, attributes)

    invite = request("INVITE", to="", body=body, attributes=' retrans="500"')
    ack = request("ACK", body="" if offers else sdp("8 101", port="[auto_media_port]"))
    talk = pause(300) + (play_keys(keys) if keys else "") + pause(1200)
    bye = request("BYE", cseq=2, attributes=' retrans="500"')
    return (
        invite
        + '<recv response="100" optional="true"/>'
        + '<recv response="180" optional="true"/>'
        + '<recv response="200" timeout="10000"/>'
        + ack
        + talk
        + bye
        + '<recv response="200" timeout="10000"/>'
    )


def document(name: str, *pieces: str) -> str:
    """The scenario's XML."""
    return HEAD.format(name=name, body="\n".join(pieces))
