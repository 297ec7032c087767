//! Examples worked by hand from the Recommendations; the tests of the crate hold the rest against xmlsec1.

use super::*;

fn written(text: &str, name: &str, form: Canonicalisation) -> String {
    let document = Document::read(text.as_bytes()).unwrap();
    let (apex, _) = document.elements().find(|(_, element)| element.name.local == name).unwrap();
    String::from_utf8(canonical(&document, apex, 0..0, form)).unwrap()
}

#[test]
fn texts_and_attributes_have_one_form() {
    use Canonicalisation::{Exclusive, Inclusive};
    for (text, expected) in [
        ("<a/>", "<a></a>"),
        ("<?xml version='1.0'?>\n<!-- x --><a >\n</a >\n", "<a>\n</a>"),
        ("<a>1<!-- 2 -->3</a>", "<a>13</a>"),
        ("<a>x\r\ny\rz&#13;</a>", "<a>x\ny\nz&#xD;</a>"),
        ("<a><![CDATA[<Nguyễn & Mẫu>\r\n]]></a>", "<a>&lt;Nguyễn &amp; Mẫu&gt;\n</a>"),
        ("<a>&lt;&#x26;&gt;&quot;&apos;&#60;</a>", "<a>&lt;&amp;&gt;\"'&lt;</a>"),
        ("<a z='1' b = \"2\"/>", "<a b=\"2\" z=\"1\"></a>"),
        ("<a b='&#9;&#10;&#13;&quot;&amp;&lt;>\"'/>", "<a b=\"&#x9;&#xA;&#xD;&quot;&amp;&lt;>&quot;\"></a>"),
        ("<a b='1\t2\r\n3\n4'/>", "<a b=\"1 2 3 4\"></a>"),
        (
            "<p:a xmlns:p='urn:p' p:z='1' z='2' xml:lang='vi'/>",
            "<p:a xmlns:p=\"urn:p\" z=\"2\" xml:lang=\"vi\" p:z=\"1\"></p:a>",
        ),
    ] {
        for form in [Exclusive, Inclusive] {
            assert_eq!(written(text, "a", form), expected, "{text}");
        }
    }
}

#[test]
fn namespaces_are_written_where_they_are_used_or_where_they_are_declared() {
    let text = "<r xmlns='urn:d' xmlns:p='urn:p' xmlns:q='urn:q' xml:space='preserve'>\
                <a><p:b q:c='1'><p:b xmlns:p='urn:p'/><c xmlns=''/></p:b></a></r>";
    assert_eq!(
        written(text, "a", Canonicalisation::Exclusive),
        "<a xmlns=\"urn:d\"><p:b xmlns:p=\"urn:p\" xmlns:q=\"urn:q\" q:c=\"1\"><p:b></p:b><c xmlns=\"\"></c></p:b></a>"
    );
    assert_eq!(
        written(text, "a", Canonicalisation::Inclusive),
        "<a xmlns=\"urn:d\" xmlns:p=\"urn:p\" xmlns:q=\"urn:q\" xml:space=\"preserve\"><p:b q:c=\"1\"><p:b></p:b>\
         <c xmlns=\"\"></c></p:b></a>"
    );
}

#[test]
fn nodes_can_be_left_out() {
    let document = Document::read(b"<a>1<b>2<c/></b>3</a>").unwrap();
    let (id, element) = document.elements().nth(1).unwrap();
    let written = canonical(&document, Document::ROOT, id..element.close + 1, Canonicalisation::Exclusive);
    assert_eq!(String::from_utf8(written).unwrap(), "<a>13</a>");
}

#[test]
fn what_no_envelope_has_is_refused() {
    for (text, message) in [
        ("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "byte 0: a DOCTYPE is not allowed"),
        ("<!DOCTYPE a", "byte 0: "),
        ("<a>&e;</a>", "byte 3: &e; is not allowed"),
        ("<a b='&e;'/>", "byte 0: &e; is not allowed"),
        ("<a>&#0;</a>", "byte 3: &#0; is not allowed"),
        ("<a>&#+65;</a>", "byte 3: &#+65; is not allowed"),
        ("<a>&#;</a>", "byte 3: "),
        ("<a>& b</a>", "byte 3: "),
        ("<a b='1 & 2'/>", "byte 0: an & stands alone"),
        ("<a b='<'/>", "byte 0: an attribute holds a <"),
        ("<a b='1'c='2'/>", "byte 0: an attribute is wrong"),
        ("<a b=1/>", "byte 0: an attribute is wrong"),
        ("<a b/>", "byte 0: an attribute is wrong"),
        ("<a b='1' b='2'/>", "byte 0: the attribute \"b\" stands twice"),
        ("<a xmlns:p='urn:p' xmlns:q='urn:p' p:b='1' q:b='2'/>", "byte 0: the attribute \"q:b\" stands twice"),
        ("<a xmlns:p='urn:p' xmlns:p='urn:p'/>", "byte 0: the namespace of \"p\" is declared twice"),
        ("<p:a/>", "byte 0: the prefix \"p\" is not declared"),
        ("<a p:b='1'/>", "byte 0: the prefix \"p\" is not declared"),
        ("<a xmlns:p=''/>", "byte 0: the namespace of \"p\" is declared wrongly"),
        ("<a xmlns:xml='urn:x'/>", "byte 0: xml and xmlns cannot be bound anew"),
        ("<a xmlns:x='http://www.w3.org/XML/1998/namespace'/>", "byte 0: xml and xmlns cannot be bound anew"),
        ("<a xmlns='relative'/>", "byte 0: the namespace \"relative\" is no absolute URI"),
        ("<a xmlns='urn:ừ'/>", "byte 0: the namespace \"urn:ừ\" is no absolute URI"),
        ("<a xmlns='urn:a&amp;b'/>", "byte 0: the namespace \"urn:a&b\" is no absolute URI"),
        ("<a xmlns='urn:%2'/>", "byte 0: the namespace \"urn:%2\" is no absolute URI"),
        ("<1a/>", "byte 0: \"1a\" is not a name"),
        ("<a:b:c/>", "byte 0: \"a:b:c\" is not a name"),
        ("<a>]]></a>", "byte 3: ]]> stands in a text"),
        ("<a><!-- -- --></a>", "byte "),
        ("<a><?p i?></a>", "byte 3: a processing instruction is not allowed"),
        ("<a/><?p i?>", "byte 4: a processing instruction is not allowed"),
        (" <?xml version='1.0'?><a/>", "byte 1: a processing instruction is not allowed"),
        ("<?xml version='1.1'?><a/>", "byte 0: the declared version of XML is \"1.1\""),
        ("<?xml version='1.0' encoding='latin1'?><a/>", "byte 0: the declared encoding is \"latin1\""),
        ("<?xml encoding='utf-8'?><a/>", "byte 0: the XML declaration names no version"),
        ("<a/><b/>", "byte 4: there is a second outermost element"),
        ("<a/>text", "byte 4: there is text outside the outermost element"),
        ("<![CDATA[x]]><a/>", "byte 0: there is text outside the outermost element"),
        ("&#32;<a/>", "byte 0: there is text outside the outermost element"),
        ("\u{feff}\u{feff}<a/>", "byte 3: there is text outside the outermost element"),
        ("<a>\u{1}</a>", "byte 3: U+0001 is a character that XML does not allow"),
        ("<a>\u{ffff}</a>", "byte 3: U+FFFF is a character that XML does not allow"),
        ("<a><b></a></b>", "byte "),
        ("<a>", "byte 3: the document ends before its element does"),
        ("", "byte 0: there is no XML element"),
        ("<a", "byte "),
    ] {
        let error = Document::read(text.as_bytes()).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.starts_with(message), "{text}: {error}");
    }
    assert!(Document::read(b"<a>\xff</a>").is_err() && Document::read(b"\xff\xfe<\0a\0").is_err());
    let deep = |depth| "<a>".repeat(depth) + &"</a>".repeat(depth);
    assert!(Document::read(deep(256).as_bytes()).is_ok() && Document::read(deep(257).as_bytes()).is_err());
}
