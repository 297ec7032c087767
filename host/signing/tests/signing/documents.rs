//! Envelopes: one as hospitals write it, and random ones with everything that XML allows in them.

use proptest::prelude::*;

/// One as hospitals write it.
pub(crate) const ENVELOPE: &str = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<GIAMDINHHS xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\r\n\
     <THONGTINDONVI><MACSKCB>92114</MACSKCB></THONGTINDONVI>\r\n\
     <!-- Bệnh viện Mẫu --><THONGTINHOSO><NGAYLAP>20260302</NGAYLAP><SOLUONGHOSO>1</SOLUONGHOSO><DANHSACHHOSO><HOSO>\
     <FILEHOSO id='1'><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>PFRPTkdfSE9QPg==</NOIDUNGFILE></FILEHOSO></HOSO></DANHSACHHOSO>\
     </THONGTINHOSO>\r\n<CHUKYDONVI></CHUKYDONVI>\r\n</GIAMDINHHS>\r\n";

/// Replaces what stands in the place for the signature.
pub(crate) fn with_content(envelope: &str, content: &str) -> String {
    let (start, rest) = envelope.split_once("<CHUKYDONVI").unwrap();
    let end = rest.split_once("</GIAMDINHHS").unwrap().1;
    format!("{start}<CHUKYDONVI>{content}</CHUKYDONVI></GIAMDINHHS{end}")
}

/// A random envelope, and random blanks and forms of its place.
pub(crate) fn envelopes() -> impl Strategy<Value = String> {
    let prolog = prop::sample::select(vec![
        "",
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
        "\u{feff}<?xml version='1.0'?>\r\n<!-- trước -->\n",
    ]);
    let root = prop::sample::select(vec![
        "",
        " xmlns=\"urn:bhyt\"",
        " xmlns:z=\"urn:unused\" xml:lang=\"vi\" xml:space='preserve'",
        " b=\"2\" a=\"&lt;1&#10;\" xmlns:x='http://example.com/?a=%31;b#c' x:c='3'",
    ]);
    let place = prop::sample::select(vec![
        "<CHUKYDONVI/>",
        "<CHUKYDONVI />",
        "<CHUKYDONVI></CHUKYDONVI>",
        "<CHUKYDONVI>\r\n  </CHUKYDONVI>",
        "<CHUKYDONVI p:ngày='2' a=\"1\"\n></CHUKYDONVI >",
        "<CHUKYDONVI xmlns='urn:other' xmlns:p='urn:p2'/>",
        "<CHUKYDONVI/>\r\n<!-- sau -->",
    ]);
    let after = prop::sample::select(vec!["", "\r\n", "<!-- hết -->\n"]);
    (prolog, root, prop::collection::vec(content(), 0..4), place, after).prop_map(
        |(prolog, root, content, place, after)| {
            let content = content.concat();
            format!("{prolog}<GIAMDINHHS xmlns:p=\"urn:p\" xmlns:q='urn:q'{root}>{content}{place}</GIAMDINHHS>{after}")
        },
    )
}

fn content() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        "[A-Za-z0-9+/ ]{0,40}",
        "[ăâđêôơưĂÂĐÊÔƠƯầệọỹ .,;'\"\t\n\r>]{0,20}".prop_map(|text| text.replace("]]>", "")),
        prop::sample::select(vec![
            "&amp;&lt;&gt;&quot;&apos;",
            "&#13;&#xA;&#9;&#x1F600;",
            "<![CDATA[<Nguyễn> & \r\n]] &amp; ]]>",
            "<![CDATA[]]>",
            "<!-- Văn - Mẫu\r\n <a> & -->",
            "\r\r\n\n",
            "e\u{301}\u{1F600}\u{feff}",
        ])
        .prop_map(str::to_owned),
    ];
    text.prop_recursive(4, 24, 4, |inner| {
        let name = prop::sample::select(vec!["HOSO", "MA_LK", "Đơn", "p:a", "q:a", "_x-1.y"]);
        let attributes = prop::collection::btree_set(
            prop::sample::select(vec![
                "a='1'",
                "b=\"&#13;&quot;\r\n\t'>\"",
                "p:a = \"3\"",
                "q:a='&amp;&lt; ừ'",
                "xml:lang='vi'",
                "xmlns='urn:d'",
                "xmlns:r='urn:r'",
                "xmlns:p='urn:p3'",
                "xmlns:q='urn:q'",
            ]),
            0..4,
        );
        (name, attributes, any::<bool>(), prop::collection::vec(inner, 0..4)).prop_map(
            |(name, attributes, undo, content)| {
                let attributes: String = attributes.iter().map(|attribute| format!(" {attribute}")).collect();
                let undo = if undo && !attributes.contains("xmlns=") { "\n xmlns=''" } else { "" };
                match &*content.concat() {
                    "" => format!("<{name}{attributes}{undo}/>"),
                    content => format!("<{name}{attributes}{undo}>{content}</{name}>"),
                }
            },
        )
    })
}
