package locate

import (
	"strconv"
	"strings"
)

// amount is a number as people say it: between two values.
type amount struct{ lo, hi float64 }

// words of numbers, English and Arabic (folded).
var numberWords = map[string]float64{
	"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
	"ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
	"seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
	"sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
	"واحد": 1, "اثنين": 2, "اثنان": 2, "ثلاثه": 3, "ثلاث": 3, "اربعه": 4, "اربع": 4, "خمسه": 5, "خمس": 5, "سته": 6,
	"ست": 6, "سبعه": 7, "سبع": 7, "ثمانيه": 8, "ثماني": 8, "تسعه": 9, "تسع": 9, "عشره": 10, "عشر": 10,
	"عشرين": 20, "عشرون": 20, "ثلاثين": 30, "ثلاثون": 30, "اربعين": 40, "اربعون": 40, "خمسين": 50, "خمسون": 50,
	"ستين": 60, "ستون": 60, "سبعين": 70, "سبعون": 70, "ثمانين": 80, "ثمانون": 80, "تسعين": 90, "تسعون": 90,
	"مييه": 100, "ميه": 100, "مايه": 100,
}

// vague are numbers that say a range.
var vague = map[string]amount{
	"few": {2, 5}, "several": {3, 8}, "couple": {2, 3}, "dozen": {10, 14}, "dozens": {24, 90}, "tens": {20, 90},
	"scores": {30, 100}, "hundreds": {200, 900}, "بضعه": {3, 9}, "بضع": {3, 9}, "عده": {3, 9}, "عشرات": {20, 90}, "ميات": {200, 900},
}

// readAmount reads the number that begins at token i; next is the token
// behind it. "five or six", "5-6", "between 5 and 6" and "10 to 15" are
// ranges.
func readAmount(all []token, i int) (a amount, next int, ok bool) {
	between := is(all, i, "between", "بين")
	if between {
		i++
	}
	a, next, ok = readNumber(all, i)
	if !ok {
		return amount{}, i, false
	}
	joined := is(all, next, "or", "to", "-", "–", "—", "او", "الي") || between && is(all, next, "and", "و")
	if joined {
		if b, after, ok := readNumber(all, next+1); ok && b.hi >= a.lo {
			return amount{a.lo, b.hi}, after, true
		}
	}
	if next < len(all) && between { // Arabic joins its "and" to the number
		if b, ok := numberWords[strings.TrimPrefix(all[next].fold, "و")]; ok && b >= a.lo {
			return amount{a.lo, b}, next + 1, true
		}
	}
	return a, next, true
}

// readNumber reads one number, in digits or in words.
func readNumber(all []token, i int) (amount, int, bool) {
	if is(all, i, "a", "an", "the") && i+1 < len(all) {
		if v, ok := vague[all[i+1].fold]; ok {
			return v, skipOf(all, i+2), true
		}
		if is(all, i+1, "hundred", "thousand") {
			return readWords(all, i+1)
		}
		return amount{}, i, false
	}
	if i >= len(all) || i < 0 {
		return amount{}, i, false
	}
	if v, ok := vague[all[i].fold]; ok {
		return v, skipOf(all, i+1), true
	}
	if is(all, i, "half") {
		return amount{.5, .5}, skipArticle(all, i+1), true
	}
	if v, ok := digits(all[i].fold); ok {
		if is(all, i+1, "thousand") {
			return amount{v * 1000, v * 1000}, i + 2, true
		}
		return amount{v, v}, i + 1, true
	}
	return readWords(all, i)
}

func skipOf(all []token, i int) int {
	if is(all, i, "of") {
		return i + 1
	}
	return i
}

func skipArticle(all []token, i int) int {
	if is(all, i, "a", "an") {
		return i + 1
	}
	return i
}

// readWords reads a number in words: "twenty-five", "a hundred and ten",
// "خمسة وعشرين".
func readWords(all []token, i int) (amount, int, bool) {
	total, current, read := 0.0, 0.0, false
	for i < len(all) {
		word := all[i].fold
		v, known := numberWords[word]
		if !known && read && strings.HasPrefix(word, "و") {
			v, known = numberWords[strings.TrimPrefix(word, "و")]
		}
		switch {
		case known && read && v >= 20 && current >= 10 && current < 100 && !strings.HasPrefix(word, "و"):
			return amount{total + current, total + current}, i, true // "ten fifty" are two
		case known:
			current += v
		case word == "hundred":
			current = max(1, current) * 100
		case word == "thousand" || word == "الف":
			total, current = total+max(1, current)*1000, 0
		case read && (word == "-" || word == "and") && nextIsSmall(all, i+1, current):
		default:
			return amount{total + current, total + current}, i, read
		}
		read = true
		i++
	}
	return amount{total + current, total + current}, i, read
}

// nextIsSmall tells whether the next word goes on with the number before it:
// "twenty-five", "hundred and ten".
func nextIsSmall(all []token, i int, current float64) bool {
	if i >= len(all) {
		return false
	}
	v, ok := numberWords[all[i].fold]
	return ok && (current >= 20 && current < 100 && v < 10 || current >= 100 && v < 100)
}

// digits reads a number in Western or Arabic digits; a comma groups thousands
// where three digits follow it, and is a decimal comma else.
func digits(s string) (float64, bool) {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '٠' && r <= '٩':
			return '0' + r - '٠'
		case r >= '۰' && r <= '۹':
			return '0' + r - '۰'
		case r == '٫':
			return '.'
		case r == '٬':
			return -1
		}
		return r
	}, s)
	if i := strings.LastIndexByte(s, ','); i >= 0 {
		if len(s)-i-1 == 3 {
			s = strings.ReplaceAll(s, ",", "")
		} else {
			s = strings.Replace(s, ",", ".", 1)
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil && v >= 0 && v < 1e9
}
