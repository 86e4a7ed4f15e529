//! Control: pixels drawn at random, with values drawn evenly from the span. It asks the network nothing.

use super::Kind;
use super::search::Change;
use crate::attack::ranked::draw;
use crate::attack::victim::Queries;
use rand::RngExt;

pub(super) const KIND: Kind = Kind {
    name: "random-pixels",
    title: "random pixels and values",
    parameters: &[],
    raises_loss: false,
    draws: true,
    queries: |_, _| Queries::default(),
    run: |searches, _, _| {
        for search in searches {
            let mut stream = search.trial.stream(KIND.name);
            let ([low, high], channels) = (search.span, search.trial.slice.channels());
            let pixels = draw(search.pixels.clone(), search.count, &mut stream);
            let change = |pixel| {
                let values = (0..channels).map(|_| stream.random_range(low..=high)).collect();
                Change { pixel, values }
            };
            search.changes = pixels.into_iter().map(change).collect();
        }
        Ok(())
    },
};
