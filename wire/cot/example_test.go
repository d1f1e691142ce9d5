package cot_test

import (
	"fmt"
	"time"

	"vedette/wire/cot"
)

// A server reads a stream, looks at each event, and forwards the bytes it
// received, or the same in the other form.
func Example() {
	stream := `<event version="2.0" uid="ANDROID-1" type="a-f-G-U-C" how="m-g" time="2018-11-26T05:31:07Z"` +
		` start="2018-11-26T05:31:07Z" stale="2018-11-26T05:37:07Z"><point lat="34.39" lon="40.99" hae="181" ce="5"` +
		` le="9999999"/><detail><contact callsign="Post 7"/><x-ours kept="yes"/></detail></event>` +
		`<event uid="ANDROID-2" type="a-f-G-U-C"><point lat="123" lon="41"/></event>` +
		`<event>`

	var s cot.Splitter
	s.Feed([]byte(stream))
	for doc, err := s.Next(); doc != nil || err != nil; doc, err = s.Next() {
		if err != nil {
			fmt.Println("left out:", cot.ReasonOf(err))
			continue
		}
		e, err := cot.Parse(doc)
		if err != nil {
			fmt.Println("refused:", cot.ReasonOf(err))
			continue
		}
		if faults := e.Check(); len(faults) > 0 {
			fmt.Println(e.UID, "refused:", faults[0].Text)
			continue
		}
		contact, _ := e.Detail.Contact()
		xml, _ := e.Bytes(cot.XML)
		proto, _ := e.Bytes(cot.Proto)
		fmt.Printf("%s is at %v; %d bytes in XML, %d in protobuf\n", contact.Callsign, e.Point.Place(), len(xml), len(proto))
	}
	// Output:
	// Post 7 is at 34.390000N 40.990000E; 285 bytes in XML, 129 in protobuf
	// ANDROID-2 refused: lat 123 is not within -90 and 90
}

func ExampleNegotiator() {
	now := time.Date(2018, 11, 26, 12, 0, 0, 0, time.UTC)
	var n cot.Negotiator
	fmt.Println(n.Offer("negotiation-1", now).Type, n.Form())
	answer := n.Answer(cot.NewRequest("negotiation-1", now, 1), now)
	accepted, _ := answer.Responded()
	fmt.Println(answer.Type, accepted, n.Form())
	// Output:
	// t-x-takp-v 0
	// t-x-takp-r true 1
}

func ExampleDetail_With() {
	d := cot.Detail(`<remarks>old</remarks><x/>`)
	fmt.Println(d.With(cot.Remarks{Text: "2 < 3"}).With(cot.Track{Course: 90, Speed: 1.5}))
	// Output:
	// <remarks>2 &lt; 3</remarks><x/><track course="90" speed="1.5"/>
}
