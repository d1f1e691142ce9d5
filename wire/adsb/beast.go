package adsb

// escape begins every Beast frame, and stands twice where it is data.
const escape = 0x1A

// Splitter finds the frames in a Beast stream, in chunks cut anywhere. Its
// zero value is ready. After bytes that are no frame it goes on at the next
// escape that begins one.
type Splitter struct {
	buf     [21]byte // clock, signal, frame
	have    int
	want    int  // 0 outside a frame
	skip    bool // a frame of a kind that is left out
	escaped bool // the last byte was an escape
	stray   int  // bytes outside frames, since the last one
}

// bodies are the lengths of clock, signal and content, by the type of frame:
// 1 Mode A/C, 2 short and 3 long Mode S; 4 the receiver's own state, left out.
var bodies = [...]int{'1': 9, '2': 14, '3': 21, '4': 21}

// Write takes a chunk, and gives every frame and every refusal in their order.
// BenchmarkSplitter gives the cost.
func (s *Splitter) Write(chunk []byte, frame func(Frame), refused func(*Error)) {
	for _, b := range chunk {
		switch {
		case s.escaped && b == escape:
			s.escaped = false
			s.data(b, frame, refused)
		case s.escaped:
			s.escaped = false
			s.begin(b, refused)
		case b == escape:
			s.escaped = true
		default:
			s.data(b, frame, refused)
		}
	}
}

// begin starts a frame of the type b.
func (s *Splitter) begin(b byte, refused func(*Error)) {
	if s.want > 0 {
		refused(refuse(Truncated, "a Beast frame of %d bytes ended after %d", s.want, s.have))
		s.want = 0
	}
	if int(b) >= len(bodies) || bodies[b] == 0 {
		s.strayed(2, refused)
		return
	}
	if s.stray > 0 {
		s.strayed(0, refused)
	}
	s.want, s.have, s.skip = bodies[b], 0, b == '4'
}

// patience is the stray bytes after which they are told of, though no frame
// comes: another protocol is spoken here.
const patience = 4096

// strayed counts stray bytes; with n = 0, or enough of them, it tells of them.
func (s *Splitter) strayed(n int, refused func(*Error)) {
	s.stray += n
	if n == 0 || s.stray >= patience {
		refused(refuse(Unsynced, "%d bytes that are no Beast frame", s.stray))
		s.stray = 0
	}
}

// data takes a byte of a frame, or one between frames.
func (s *Splitter) data(b byte, frame func(Frame), refused func(*Error)) {
	if s.want == 0 {
		s.strayed(1, refused)
		return
	}
	s.buf[s.have] = b
	s.have++
	if s.have < s.want {
		return
	}
	body := s.buf[:s.want]
	s.want = 0
	if s.skip {
		refused(refuse(UnknownType, "a Beast frame of type 4, the state of the receiver, is not read here"))
		return
	}
	f := Frame{n: len(body) - 7}
	copy(f.data[:], body[7:])
	f.prefix(body[:7])
	frame(f)
}

// AppendBeast writes a frame as Beast.
func AppendBeast(dst []byte, f *Frame) []byte {
	kind := map[int]byte{2: '1', 7: '2', 14: '3'}[f.n]
	dst = append(dst, escape, kind)
	body := append(f.clockBytes(make([]byte, 0, 21)), f.Signal)
	for _, b := range append(body, f.Bytes()...) {
		if b == escape {
			dst = append(dst, escape)
		}
		dst = append(dst, b)
	}
	return dst
}
