module vedette/bench

go 1.26.0

require vedette v0.0.0

replace vedette => ../
