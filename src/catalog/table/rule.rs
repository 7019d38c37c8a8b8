//! Rules that no single field can tell.

/// A rule between fields. Paths are attribute names joined by `.` and start where the rule is attached: at an object's
/// members, or at the resource's root for the rules of a kind.
///
/// A rule whose fields are unknown or wrong in themselves is postponed: the fields' own complaints come first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Minimum counts per character class: one of them is above 0, and together they fit into the total.
    CountsFit {
        /// The object whose members are the counts.
        counts: &'static str,
        /// The number that they must fit into.
        total: &'static str,
    },
    /// A list that has elements exactly when a choice has a certain value; otherwise it is absent or empty.
    FilledOnlyWhen {
        /// The list.
        list: &'static str,
        /// The choice that decides.
        choice: &'static str,
        /// The value that asks for elements.
        value: &'static str,
    },
    /// Texts that must differ from each other after trimming: the members of an object.
    MembersDiffer {
        /// The object.
        object: &'static str,
    },
    /// A limit that the published API description lacks but the service or the target has: exceeding it is a warning,
    /// because what the description accepts is never refused here.
    WarnAbove {
        /// The number.
        field: &'static str,
        /// The greatest value that works.
        max: i64,
        /// Why, as a full sentence.
        because: &'static str,
    },
    /// A text that a creation must have, not blank, when a choice has a certain value. Told by the plan of a creation
    /// or a replacement, never by validation: afterwards nobody has to supply it. One space is enough for the server.
    CreationNeeds {
        /// The text.
        field: &'static str,
        /// The choice that decides.
        choice: &'static str,
        /// The value that asks for the text.
        value: &'static str,
    },
}
