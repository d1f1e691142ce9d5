package ais

// need is the least number of bits of a message, by type: all that matters is
// there. Senders and receivers in the field leave out the state of the radio
// and spare bits.
var need = [28]int{1: 149, 2: 149, 3: 149, 4: 149, 5: 420, 9: 148, 11: 149, 14: 40, 18: 148, 19: 308, 21: 272, 24: 160, 27: 95}

const headerBits = 38

// Decode reads a message. The payload may be longer than the message is.
func Decode(p *Payload) (Message, error) {
	if p.n < headerBits {
		return nil, refuse(Truncated, "%d bits; type and MMSI take %d", p.n, headerBits)
	}
	kind := int(p.get(0, 6))
	if kind == 0 || kind >= len(need) {
		return nil, refuse(UnknownType, "type %d; 1 to 27", kind)
	}
	if p.n < need[kind] {
		return nil, refuse(Truncated, "type %d with %d bits; at least %d", kind, p.n, need[kind])
	}
	m, err := blank(kind, p)
	if err != nil {
		return nil, err
	}
	m.layout(&coder{p: p})
	if mmsi := m.Head().MMSI; mmsi > 999999999 {
		return nil, refuse(BadIdentity, "MMSI %d has more than nine digits", mmsi)
	}
	return m, nil
}

// blank is an empty message of a type, to be filled.
func blank(kind int, p *Payload) (Message, error) {
	switch kind {
	case 1, 2, 3:
		return new(ClassA), nil
	case 4, 11:
		return new(Base), nil
	case 5:
		return new(Voyage), nil
	case 9:
		return new(Aircraft), nil
	case 14:
		return new(Safety), nil
	case 18:
		return new(ClassB), nil
	case 19:
		return new(ClassBExtended), nil
	case 21:
		return new(Aid), nil
	case 24:
		return blankStatic(p)
	case 27:
		return new(LongRange), nil
	}
	return &Other{Payload: *p}, nil
}

func blankStatic(p *Payload) (Message, error) {
	switch part := p.get(headerBits, 2); {
	case part == 0:
		return new(StaticA), nil
	case part == 1 && p.n < 162:
		return nil, refuse(Truncated, "type 24 part B with %d bits; at least 162", p.n)
	case part == 1:
		return new(StaticB), nil
	default:
		return nil, refuse(UnknownType, "type 24 part %d; 0 or 1", part)
	}
}

// Encode writes a message. What has no place on the wire is cut to what has:
// measures to their range, text to its length and its characters, codes to
// their low bits.
func Encode(m Message) (Payload, error) {
	var p Payload
	h := m.Head()
	if h.MMSI > 999999999 {
		return p, refuse(BadIdentity, "MMSI %d has more than nine digits", h.MMSI)
	}
	if o, ok := m.(*Other); ok {
		return o.Payload, nil
	}
	if !fits(m, h.Type) {
		return p, refuse(Unencodable, "%T is no message of type %d", m, h.Type)
	}
	m.layout(&coder{p: &p, writing: true})
	return p, nil
}

func fits(m Message, kind uint8) bool {
	switch m.(type) {
	case *ClassA:
		return kind >= 1 && kind <= 3
	case *Base:
		return kind == 4 || kind == 11
	case *Voyage:
		return kind == 5
	case *Aircraft:
		return kind == 9
	case *Safety:
		return kind == 14
	case *ClassB:
		return kind == 18
	case *ClassBExtended:
		return kind == 19
	case *Aid:
		return kind == 21
	case *StaticA, *StaticB:
		return kind == 24
	case *LongRange:
		return kind == 27
	}
	return false
}

func (h *Header) layout(c *coder) {
	c.byte(&h.Type, 6)
	c.byte(&h.Repeat, 2)
	c.number(&h.MMSI, 30)
}

// layout is accuracy, position and course; the speed stands elsewhere.
func (m *Motion) layout(c *coder) {
	c.flag(&m.Accurate)
	c.point(&m.Position, 28, 600000)
	c.scaled(&m.Course, course10)
}

func (m *ClassA) layout(c *coder) {
	m.Header.layout(c)
	c.byte(&m.Status, 4)
	c.turn(&m.Turn)
	c.scaled(&m.Speed, knots10)
	m.Motion.layout(c)
	c.scaled(&m.Heading, courseOne)
	c.byte(&m.Second, 6)
	c.byte(&m.Maneuver, 2)
	c.skip(3)
	c.flag(&m.RAIM)
	c.radio(&m.Radio, 19)
}

func (m *Base) layout(c *coder) {
	m.Header.layout(c)
	c.time(&m.Time)
	c.flag(&m.Accurate)
	c.point(&m.Position, 28, 600000)
	c.byte(&m.EPFD, 4)
	c.skip(10)
	c.flag(&m.RAIM)
	c.radio(&m.Radio, 19)
}

func (e *ETA) layout(c *coder) {
	c.within(&e.Month, 4, 1, 12, 0)
	c.within(&e.Day, 5, 1, 31, 0)
	c.within(&e.Hour, 5, 0, 23, 24)
	c.within(&e.Minute, 6, 0, 59, 60)
}

func (m *Voyage) layout(c *coder) {
	m.Header.layout(c)
	c.byte(&m.Version, 2)
	c.number(&m.IMO, 30)
	c.text(&m.Callsign, 7)
	c.text(&m.Name, 20)
	c.byte(&m.ShipType, 8)
	c.size(&m.Size)
	c.byte(&m.EPFD, 4)
	m.ETA.layout(c)
	c.draught(&m.Draught)
	c.text(&m.Destination, 20)
	c.flag(&m.NoTerminal)
	c.skip(1)
}

func (m *Aircraft) layout(c *coder) {
	m.Header.layout(c)
	c.scaled(&m.Altitude, altitude)
	c.scaled(&m.Speed, knots1)
	m.Motion.layout(c)
	c.byte(&m.Second, 6)
	c.flag(&m.Barometric)
	c.byte(&m.Regional, 7)
	c.flag(&m.NoTerminal)
	c.skip(3)
	c.flag(&m.Assigned)
	c.flag(&m.RAIM)
	c.radio(&m.Radio, 20)
}

// longest is the most characters of a text of type 14: five slots.
const longest = 161

func (m *Safety) layout(c *coder) {
	m.Header.layout(c)
	c.skip(2)
	chars := c.left() / 6
	if c.writing {
		chars = min(len(m.Text), longest)
	}
	c.text(&m.Text, chars)
}

func (m *ClassB) layout(c *coder) {
	m.Header.layout(c)
	c.byte(&m.Reserved, 8)
	c.scaled(&m.Speed, knots10)
	m.Motion.layout(c)
	c.scaled(&m.Heading, courseOne)
	c.byte(&m.Second, 6)
	c.byte(&m.Regional, 2)
	for _, flag := range []*bool{&m.CarrierSense, &m.Display, &m.DSC, &m.WholeBand, &m.Message22, &m.Assigned, &m.RAIM} {
		c.flag(flag)
	}
	c.radio(&m.Radio, 20)
}

func (m *ClassBExtended) layout(c *coder) {
	m.Header.layout(c)
	c.byte(&m.Reserved, 8)
	c.scaled(&m.Speed, knots10)
	m.Motion.layout(c)
	c.scaled(&m.Heading, courseOne)
	c.byte(&m.Second, 6)
	c.byte(&m.Regional, 4)
	c.text(&m.Name, 20)
	c.byte(&m.ShipType, 8)
	c.size(&m.Size)
	c.byte(&m.EPFD, 4)
	c.flag(&m.RAIM)
	c.flag(&m.NoTerminal)
	c.flag(&m.Assigned)
	c.skip(4)
}

func (m *Aid) layout(c *coder) {
	m.Header.layout(c)
	c.byte(&m.Kind, 5)
	name := m.Name
	c.start(&name)
	c.flag(&m.Accurate)
	c.point(&m.Position, 28, 600000)
	c.size(&m.Size)
	c.byte(&m.EPFD, 4)
	c.byte(&m.Second, 6)
	c.flag(&m.OffPosition)
	c.byte(&m.Regional, 8)
	c.flag(&m.RAIM)
	c.flag(&m.Virtual)
	c.flag(&m.Assigned)
	c.skip(1)
	c.rest(&name)
	if !c.writing {
		m.Name = trim(name)
	}
}

// start is the first 20 characters of a name that may go on elsewhere.
func (c *coder) start(name *string) {
	if c.writing {
		c.write(*name, 20)
		return
	}
	*name = c.chars(20)
}

// rest is the extension of a name, up to 14 characters at the end of the message.
func (c *coder) rest(name *string) {
	if c.writing {
		if len(*name) > 20 {
			more := (*name)[20:min(len(*name), 34)]
			c.write(more, len(more))
		}
		return
	}
	*name += c.chars(min(c.left()/6, 14))
}

func (m *StaticA) layout(c *coder) {
	m.Header.layout(c)
	c.skip(2)
	c.text(&m.Name, 20)
	c.skip(8)
}

func (m *StaticB) layout(c *coder) {
	m.Header.layout(c)
	c.word(1, 2)
	c.byte(&m.ShipType, 8)
	c.text(&m.Vendor, 3)
	c.byte(&m.Model, 4)
	c.number(&m.Serial, 20)
	c.text(&m.Callsign, 7)
	if m.MMSI/10000000 == 98 {
		c.number(&m.MotherShip, 30)
	} else {
		c.size(&m.Size)
	}
	c.byte(&m.EPFD, 4)
	c.skip(2)
}

func (m *LongRange) layout(c *coder) {
	m.Header.layout(c)
	c.flag(&m.Accurate)
	c.flag(&m.RAIM)
	c.byte(&m.Status, 4)
	c.point(&m.Position, 18, 600)
	c.scaled(&m.Speed, knotsLong)
	c.scaled(&m.Course, courseOne)
	c.flag(&m.NoFix)
	c.skip(1)
}

func (m *Other) layout(c *coder) { m.Header.layout(c) }
