package cot

import "time"

// Header is the XML declaration with which a document begins; TAK servers
// expect it before each event of a stream.
const Header = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

// AppendXML writes e as XML with its declaration, and whatever of the document
// it came from the fields do not hold. An event that XML cannot hold (a zero
// time, a latitude that is no number, a detail that is not well formed, a
// character outside of XML) is refused; one that was decoded and that Check
// finds no fault with never is.
func (e *Event) AppendXML(dst []byte) ([]byte, error) {
	if err := e.writable(); err != nil {
		return dst, err
	}
	if err := e.Detail.check(); err != nil {
		return dst, err
	}
	dst = append(dst, Header...)
	dst = e.appendStart(dst)
	dst = e.appendPoint(dst)
	dst = e.appendDetail(dst)
	dst = append(dst, e.more.children...)
	return append(dst, closing...), nil
}

// writable tells what of the fields neither form can hold.
func (e *Event) writable() error {
	for _, s := range []string{e.Version, e.UID, e.Type, e.How, e.Access, e.QoS, e.Opex} {
		if !holdable(s) {
			return refuse(BadText, -1, "an attribute of event holds a character that XML cannot hold")
		}
	}
	for _, t := range []time.Time{e.Time, e.Start, e.Stale} {
		if !timeHolds(t) {
			return refuse(BadTime, -1, "time, start or stale is not set, or not in the years 1970 to 9999")
		}
	}
	if !finite(e.Point.Lat) || !finite(e.Point.Lon) {
		return refuse(BadLat, -1, "lat or lon is no number")
	}
	return nil
}

func (e *Event) appendStart(dst []byte) []byte {
	v := e.Version
	if v == "" {
		v = version
	}
	dst = appendAttr(append(dst, "<event"...), "version", v)
	dst = appendAttr(dst, "uid", e.UID)
	dst = appendAttr(dst, "type", e.Type)
	dst = appendTimeAttr(dst, "time", e.Time)
	dst = appendTimeAttr(dst, "start", e.Start)
	dst = appendTimeAttr(dst, "stale", e.Stale)
	dst = appendAttr(dst, "how", e.How)
	dst = appendMaybe(dst, "access", e.Access)
	dst = appendMaybe(dst, "qos", e.QoS)
	dst = appendMaybe(dst, "opex", e.Opex)
	return append(append(dst, e.more.event...), '>')
}

func appendTimeAttr(dst []byte, name string, t time.Time) []byte {
	dst = append(append(append(dst, ' '), name...), `="`...)
	return append(appendTime(dst, t), '"')
}

func (e *Event) appendPoint(dst []byte) []byte {
	p := e.Point
	dst = appendNumberAttr(append(dst, "<point"...), "lat", p.Lat)
	dst = appendNumberAttr(dst, "lon", p.Lon)
	dst = appendNumberAttr(dst, "hae", known(p.HAE))
	dst = appendNumberAttr(dst, "ce", known(p.CE))
	dst = appendNumberAttr(dst, "le", known(p.LE))
	return append(append(dst, e.more.point...), "/>"...)
}

// known is v, or what says that it is unknown.
func known(v float64) float64 {
	if !finite(v) {
		return UnknownError
	}
	return v
}

func appendNumberAttr(dst []byte, name string, v float64) []byte {
	dst = append(append(append(dst, ' '), name...), `="`...)
	return append(appendNumber(dst, v), '"')
}

// appendDetail writes the detail, which the schema asks for even where it is
// empty.
func (e *Event) appendDetail(dst []byte) []byte {
	dst = append(append(append(dst, "<detail"...), e.more.detail...), '>')
	return append(append(dst, e.Detail...), "</detail>"...)
}
