//! The matching and its nested blossoms.
//!
//! A *set* is a node or a blossom, by number: nodes come first. A blossom is a cycle of an odd number of sets. Its
//! *base* is the one node in it that is not matched inside; the set that holds the base is the first of the cycle,
//! and then the second is matched to the third, the fourth to the fifth, and so on.

/// A set in the cycle of a blossom.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub set: usize,
    /// The edge to the next set: the node in this set, the node in the next.
    pub link: (usize, usize),
}

/// A matching, and the sets by number: each vector but `mate` has an entry for each set.
pub struct Forest {
    pub mate: Vec<Option<usize>>,
    base: Vec<usize>,
    size: Vec<usize>,
    /// The blossom that holds a set directly; outermost sets have none.
    parent: Vec<Option<usize>>,
    /// Empty for nodes and for numbers in `unused`.
    cycle: Vec<Vec<Part>>,
    unused: Vec<usize>,
}

impl Forest {
    pub fn new(nodes: usize) -> Self {
        Self {
            mate: vec![None; nodes],
            base: (0..nodes).collect(),
            size: vec![1; nodes],
            parent: vec![None; nodes],
            cycle: vec![Vec::new(); nodes],
            unused: Vec::new(),
        }
    }

    /// One past the highest number of a set so far.
    pub fn sets(&self) -> usize {
        self.cycle.len()
    }

    /// How many nodes a set holds.
    pub fn size(&self, set: usize) -> usize {
        self.size[set]
    }

    /// The cycle of a blossom.
    pub fn parts(&self, blossom: usize) -> &[Part] {
        &self.cycle[blossom]
    }

    /// The only node of a set that may be matched outside it.
    pub fn base(&self, set: usize) -> usize {
        self.base[set]
    }

    /// The node outside that a set is matched to.
    pub fn partner(&self, set: usize) -> Option<usize> {
        self.mate[self.base[set]]
    }

    pub fn is_blossom(&self, set: usize) -> bool {
        set >= self.mate.len()
    }

    /// Whether a number is that of a set no blossom holds.
    pub fn is_outermost(&self, set: usize) -> bool {
        self.in_use(set) && self.parent[set].is_none()
    }

    /// Whether a number is that of a set.
    pub fn in_use(&self, set: usize) -> bool {
        !self.is_blossom(set) || !self.cycle[set].is_empty()
    }

    pub fn nodes_of(&self, set: usize) -> Vec<usize> {
        if !self.is_blossom(set) {
            return vec![set];
        }
        let mut nodes = Vec::with_capacity(self.size[set]);
        let mut waiting = vec![set];
        while let Some(set) = waiting.pop() {
            if self.is_blossom(set) {
                waiting.extend(self.cycle[set].iter().map(|part| part.set));
            } else {
                nodes.push(set);
            }
        }
        nodes
    }

    /// Makes a blossom of outermost sets; the first of the cycle holds the base.
    pub fn form(&mut self, cycle: Vec<Part>) -> usize {
        let blossom = self.unused.pop().unwrap_or_else(|| self.add_number());
        self.base[blossom] = self.base[cycle[0].set];
        self.size[blossom] = cycle.iter().map(|part| self.size[part.set]).sum();
        for part in &cycle {
            self.parent[part.set] = Some(blossom);
        }
        self.cycle[blossom] = cycle;
        blossom
    }

    /// Takes an outermost blossom apart.
    pub fn dissolve(&mut self, blossom: usize) -> Vec<Part> {
        let cycle = std::mem::take(&mut self.cycle[blossom]);
        for part in &cycle {
            self.parent[part.set] = None;
        }
        self.unused.push(blossom);
        cycle
    }

    fn add_number(&mut self) -> usize {
        self.base.push(0);
        self.size.push(0);
        self.parent.push(None);
        self.cycle.push(Vec::new());
        self.cycle.len() - 1
    }

    /// Makes `node` the base of an outermost set that holds it, and matches the rest of the set anew. The mate of
    /// `node` is left to the caller.
    pub fn rebase(&mut self, outermost: usize, node: usize) {
        let mut waiting = vec![(outermost, node)];
        while let Some((outermost, node)) = waiting.pop() {
            let mut set = node;
            while set != outermost {
                let blossom = self.parent[set].expect("the outermost set holds the node");
                self.base[blossom] = node;
                self.turn(blossom, set, &mut waiting);
                set = blossom;
            }
        }
    }

    /// Turns the cycle of a blossom until `first` is first, matches the others in pairs, and adds to `waiting` what
    /// must be rebased for it.
    fn turn(&mut self, blossom: usize, first: usize, waiting: &mut Vec<(usize, usize)>) {
        let cycle = &mut self.cycle[blossom];
        let position = cycle.iter().position(|part| part.set == first).expect("the blossom holds the set");
        if position == 0 {
            return;
        }
        cycle.rotate_left(position);
        for pair in cycle[1..].chunks_exact(2) {
            let (left, right) = pair[0].link;
            self.mate[left] = Some(right);
            self.mate[right] = Some(left);
            waiting.push((pair[0].set, left));
            waiting.push((pair[1].set, right));
        }
    }
}

/// An edge from its other end.
pub fn flip((from, to): (usize, usize)) -> (usize, usize) {
    (to, from)
}

/// Splits the cycle of an opened blossom: the way from `entry` to the base by an even number of links, and the sets
/// that are not on it. The first link of the way is matched, the second is not, and so on.
pub fn split_at_entry(mut cycle: Vec<Part>, entry: usize) -> (Vec<Part>, Vec<usize>) {
    let mut position = cycle.iter().position(|part| part.set == entry).expect("the blossom holds its entry");
    if position % 2 == 0 {
        position = cycle.len() - position;
        cycle = reversed(&cycle);
    }
    let mut way = cycle.split_off(position);
    way.push(cycle[0]);
    (way, cycle[1..].iter().map(|part| part.set).collect())
}

/// The same cycle from the same first set, the other way round.
fn reversed(cycle: &[Part]) -> Vec<Part> {
    let sets = cycle[..1].iter().chain(cycle[1..].iter().rev()).map(|part| part.set);
    let links = cycle.iter().rev().map(|part| flip(part.link));
    sets.zip(links).map(|(set, link)| Part { set, link }).collect()
}
