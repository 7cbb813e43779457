/** Makes something of an object once, for as long as the object lives. What throws is tried again. */
export function remembered<Given extends object, Made>(make: (given: Given) => Made): (given: Given) => Made {
  const made = new WeakMap<Given, Made>();
  return (given) => {
    let known = made.get(given);
    if (known === undefined) {
      known = make(given);
      made.set(given, known);
    }
    return known;
  };
}
