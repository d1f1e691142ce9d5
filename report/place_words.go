package report

import "strings"

func set(words string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(words) {
		all[w] = true
	}
	return all
}

// Words that tell a place from a person or a thing, by their folded form.
var (
	// locative prepositions: what follows is likely a place.
	locative = set("in at near from to around outside inside across into toward towards through between via within throughout beyond outside off along")
	// sides and parts of places.
	sides = set("north south east west northern southern eastern western northeast northwest southeast southwest northeastern northwestern southeastern southwestern central downtown nearby neighboring neighbouring upstate suburban rural greater mainland metropolitan")
	// words after which a name is a place's.
	placeNouns = set("city town village county province state region governorate district capital municipality port island neighborhood neighbourhood suburb community area township outskirts border")
	// words for units, beside their names.
	unitNouns = set("province governorate state region oblast prefecture countryside محافظه مقاطعه ولايه ريف اقليم")
	// titles before persons.
	titles = set("mr mrs ms miss dr sen rep gov lt col gen capt sgt maj cpl pvt prof rev fr sr jr president senator governor mayor judge justice sheriff chief officer coach king queen prince princess pope sir lord lady dame minister secretary captain general colonel major sergeant lieutenant detective deputy attorney councilman councilwoman commissioner congressman congresswoman representative ambassador chairman chairwoman director professor rabbi bishop archbishop cardinal pastor sister brother father aunt uncle trooper inspector spokesman spokeswoman supt coroner")
	// words that are written short, with a full stop that ends no sentence.
	abbreviations = set("mr mrs ms dr sen sens rep reps gov lt col gen capt sgt maj cpl pvt prof rev fr st mt ft supt")
	// words after a name that make it an organisation's or a building's.
	orgNouns = set("university college school schools hospital police department bank times post news company corp inc co ltd llc group association institute museum church cathedral club council court courthouse foundation center centre library hotel theater theatre stadium arena airport air airlines airways press herald tribune gazette journal chronicle star sun daily fc united rovers party committee commission board society union league conference festival fair orchestra symphony ballet opera academy high elementary middle fire sheriff sheriffs district democrat republican community public national international national state medical health regional")
	// words after a name that make it a road's.
	streets = set("street st road rd avenue ave drive dr boulevard blvd lane ln highway hwy way court ct circle place parkway pkwy terrace trail turnpike bridge expressway freeway route alley square plaza")
	// words after a name that belong to the names of places, which we do not know.
	features = set("river lake creek bay valley mountain mountains hills hill island islands beach park forest county parish falls canyon harbor harbour desert sea ocean gulf peninsula point heights springs township city village ridge pass dam reservoir airport province governorate district region state base camp")
	// verbs of saying and doing: what stands before is often a person.
	saying = set("said says say told added noted explained wrote asked argued thinks believes recalled testified replied insisted was is has had who")
	// given names that are everyday words too, and yet names where they have a capital.
	firmGiven = set("amber bill bob carol crystal daisy dawn dean dick drew frank gene ginger grant guy harry holly iris ivy jack jade jean jenny josh ken lily luke mark matt mike nick norm pat pearl peg penny peter ray rick rob robin rod ruby russ sally sandy scott sue ted tim tom tony victor violet wade")
	// months, days and other words with a capital that are no part of a name.
	capitalNoise = set("the a an in on at of for to from and but as by with it he she they we i his her its their this that these those when where while after before if there here monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december former new most many some all two three four five")
	// small words within names of places.
	particles = set("of the de la le les du des del da do dos das di d l el al and upon on in en sur under von am im bei y e i st van der den het ez ad az ar as an ash")
	// Arabic words before a place.
	arabicBefore = set("في من الي إلى على عن مدينه بلده قريه محافظه قضاء ناحيه منطقه شمال جنوب شرق غرب شمالي جنوبي شرقي غربي قرب بين نحو حدود معبر مطار ريف وسط العاصمه دوله مقاطعه ولايه ضواحي باتجاه داخل خارج")
)
