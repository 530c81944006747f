package main

// search finds the best rate: the highest for which try says yes. It begins with a
// rate, doubles or halves it until it has one that is good and one that is not, and
// then goes into the middle, down to a twelfth; later runs (around) are finer. A rate that fails is tried again
// before that counts: others have a say in what a machine does in a second. It gives
// up, with 0, below least.
func search(start, least int, try func(rate int) (bool, error)) (int, error) {
	good, bad := 0, 0
	for rate := start; rate >= least; rate = next(good, bad) {
		ok, err := twice(rate, try)
		if err != nil {
			return 0, err
		}
		if ok {
			good = rate
		} else {
			bad = rate
		}
		if good > 0 && bad > 0 && bad-good <= max(bad/12, 1) {
			break
		}
	}
	return good, nil
}

// next gives the rate to try after those.
func next(good, bad int) int {
	switch {
	case bad == 0:
		return good * 2
	case good == 0:
		return bad / 2
	}
	return (good + bad) / 2
}

// around searches as search does, near what was the best rate before.
func around(before, least int, try func(rate int) (bool, error)) (int, error) {
	good, bad := 0, 0
	for rate := before; rate >= least && (good == 0 || bad == 0); {
		ok, err := twice(rate, try)
		if err != nil {
			return 0, err
		}
		if ok {
			good, rate = rate, rate+max(rate/20, 1)
		} else {
			bad, rate = rate, rate-max(rate/15, 1)
		}
	}
	return good, nil
}

func twice(rate int, try func(rate int) (bool, error)) (bool, error) {
	ok, err := try(rate)
	if ok || err != nil {
		return ok, err
	}
	return try(rate)
}
