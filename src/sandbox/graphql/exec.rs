//! The executor: collects fields through fragments, resolves them, completes values, pages connections, gathers errors.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use base64::Engine as _;
use graphql_parser::query::{Field, FragmentDefinition, Selection, SelectionSet, TypeCondition, Value as Literal};
use serde_json::{Map, Value, json};

use super::super::model::State;
use super::super::rest::Answer;
use super::super::world::World;
use super::objects::Obj;
use super::{Asker, Fault};

type Text = String;
pub(super) type Set = SelectionSet<'static, Text>;
type AField = Field<'static, Text>;

/// What a field resolves to.
#[derive(Clone, Debug)]
pub(super) enum Out {
    /// A scalar (or null).
    Leaf(Value),
    /// An object.
    Obj(Obj),
    /// Maybe objects, in a list.
    List(Vec<Option<Obj>>),
    /// A connection of this type over these nodes.
    Conn(&'static str, Vec<Obj>),
}

impl Out {
    pub(super) fn maybe(obj: Option<Obj>) -> Self {
        obj.map_or(Self::Leaf(Value::Null), Self::Obj)
    }
}

/// A connection, cut to the page asked for.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) name: &'static str,
    pub(super) nodes: Rc<Vec<Obj>>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// One execution.
pub(super) struct Exec<'a> {
    pub(super) world: &'a World,
    pub(super) state: Arc<State>,
    pub(super) asker: Asker,
    fragments: BTreeMap<String, FragmentDefinition<'static, Text>>,
    variables: Map<String, Value>,
    errors: RefCell<Vec<Value>>,
}

/// Arguments of a field.
pub(super) type Args = Map<String, Value>;

/// A literal with its variables filled in.
pub(super) fn constant(literal: &Literal<'_, Text>, variables: &Map<String, Value>) -> Value {
    match literal {
        Literal::Variable(name) => variables.get(name).cloned().unwrap_or_default(),
        Literal::Int(number) => json!(number.as_i64()),
        Literal::Float(number) => json!(number),
        Literal::String(text) | Literal::Enum(text) => json!(text),
        Literal::Boolean(flag) => json!(flag),
        Literal::Null => Value::Null,
        Literal::List(items) => items.iter().map(|item| constant(item, variables)).collect(),
        Literal::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), constant(value, variables))).collect())
        }
    }
}

/// The cursor of a node.
fn cursor(index: usize) -> String {
    base64::prelude::BASE64_STANDARD.encode(format!("cursor:v2:{index}"))
}

fn from_cursor(text: &str) -> Option<usize> {
    let bytes = base64::prelude::BASE64_STANDARD.decode(text).ok()?;
    String::from_utf8(bytes).ok()?.strip_prefix("cursor:v2:")?.parse().ok()
}

impl<'a> Exec<'a> {
    pub(super) fn new(
        world: &'a World,
        state: Arc<State>,
        asker: Asker,
        fragments: BTreeMap<String, FragmentDefinition<'static, Text>>,
        variables: Map<String, Value>,
    ) -> Self {
        Self { world, state, asker, fragments, variables, errors: RefCell::new(Vec::new()) }
    }

    /// Executes an operation and answers: HTTP 200 whatever happened.
    pub(super) fn run(&self, root: &Obj, set: &Set) -> Answer {
        let result = self.object(root, &[set], &mut Vec::new());
        let errors = self.errors.take();
        match result {
            Err(message) => super::only_errors(json!([{"message": message, "extensions": {"code": "undefinedField"}}])),
            Ok(data) if errors.is_empty() => Answer::json(200, json!({"data": data})),
            Ok(data) => Answer::json(200, json!({"data": data, "errors": errors})),
        }
    }

    /// The mutation's field with its arguments: (response key, name, arguments, its selection).
    pub(super) fn fields_of(&self, root: &Obj, set: &Set) -> Result<Vec<(String, String, Args, Set)>, String> {
        let mut groups = Vec::new();
        self.collect(root, set, &mut groups)?;
        Ok(groups
            .into_iter()
            .filter_map(|(key, fields)| {
                fields
                    .first()
                    .map(|field| (key, field.name.clone(), self.arguments(field), field.selection_set.clone()))
            })
            .collect())
    }

    fn arguments(&self, field: &AField) -> Args {
        // An argument whose variable was not given counts as not given.
        field
            .arguments
            .iter()
            .map(|(name, literal)| (name.clone(), constant(literal, &self.variables)))
            .filter(|(_, value)| !value.is_null())
            .collect()
    }

    fn collect<'s>(
        &'s self,
        obj: &Obj,
        set: &'s Set,
        groups: &mut Vec<(String, Vec<&'s AField>)>,
    ) -> Result<(), String> {
        for selection in &set.items {
            let directives = match selection {
                Selection::Field(field) => &field.directives,
                Selection::FragmentSpread(spread) => &spread.directives,
                Selection::InlineFragment(fragment) => &fragment.directives,
            };
            let flag = |name: &str| {
                let directive = directives.iter().find(|directive| directive.name == name)?;
                directive
                    .arguments
                    .iter()
                    .find(|(name, _)| name == "if")
                    .and_then(|(_, literal)| constant(literal, &self.variables).as_bool())
            };
            if flag("include") == Some(false) || flag("skip") == Some(true) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    let key = field.alias.as_ref().unwrap_or(&field.name);
                    match groups.iter_mut().find(|(known, _)| known == key) {
                        Some((_, fields)) => fields.push(field),
                        None => groups.push((key.clone(), vec![field])),
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = self
                        .fragments
                        .get(&spread.fragment_name)
                        .ok_or_else(|| format!("Fragment {} was used, but not defined", spread.fragment_name))?;
                    let TypeCondition::On(name) = &fragment.type_condition;
                    if obj.is(name) {
                        self.collect(obj, &fragment.selection_set, groups)?;
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let fits = fragment.type_condition.as_ref().is_none_or(|TypeCondition::On(name)| obj.is(name));
                    if fits {
                        self.collect(obj, &fragment.selection_set, groups)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The value of an object for these selections.
    pub(super) fn object(&self, obj: &Obj, sets: &[&Set], path: &mut Vec<Value>) -> Result<Value, String> {
        let mut groups = Vec::new();
        for set in sets {
            self.collect(obj, set, &mut groups)?;
        }
        let mut shown = Map::new();
        for (key, fields) in groups {
            let Some(field) = fields.first() else { continue };
            path.push(json!(key));
            let below: Vec<&Set> = fields.iter().map(|field| &field.selection_set).collect();
            let value = match self.resolve(obj, &field.name, &self.arguments(field)) {
                Ok(out) => self.complete(out, field, &below, path)?,
                Err(Fault::Document(message)) => return Err(message),
                Err(Fault::Field(kind, message)) => {
                    let at = json!([{"line": field.position.line, "column": field.position.column}]);
                    self.errors
                        .borrow_mut()
                        .push(json!({"type": kind, "path": path, "locations": at, "message": message}));
                    Value::Null
                }
            };
            path.pop();
            shown.insert(key, value);
        }
        Ok(Value::Object(shown))
    }

    fn complete(&self, out: Out, field: &AField, below: &[&Set], path: &mut Vec<Value>) -> Result<Value, String> {
        let has_selection = !field.selection_set.items.is_empty();
        match out {
            Out::Leaf(value) if value.is_null() => Ok(Value::Null),
            Out::Leaf(value) if has_selection => {
                Err(format!("Selections can't be made on scalars (field '{}' = {value})", field.name))
            }
            Out::Leaf(value) => Ok(value),
            _ if !has_selection => Err(format!(
                "Field must have selections (field '{}' returns an object but has no selections.)",
                field.name
            )),
            Out::Obj(obj) => self.object(&obj, below, path),
            Out::List(items) => {
                let mut list = Vec::new();
                for (index, item) in items.into_iter().enumerate() {
                    path.push(json!(index));
                    list.push(match item {
                        Some(obj) => self.object(&obj, below, path)?,
                        None => Value::Null,
                    });
                    path.pop();
                }
                Ok(Value::Array(list))
            }
            Out::Conn(name, nodes) => match self.cut(name, nodes, &self.arguments(field)) {
                Ok(page) => self.object(&Obj::Page(page), below, path),
                Err(message) => Err(message),
            },
        }
    }

    fn cut(&self, name: &'static str, nodes: Vec<Obj>, args: &Args) -> Result<Page, String> {
        let number =
            |name: &str| args.get(name).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
        let at = |name: &str| args.get(name).and_then(Value::as_str).and_then(from_cursor);
        let (first, last) = (number("first"), number("last"));
        if first.is_none() && last.is_none() {
            return Err(format!(
                "You must provide a `first` or `last` value to properly paginate the `{name}` connection."
            ));
        }
        if first.max(last).is_some_and(|size| size > 100) {
            return Err(format!(
                "Requesting {} records on the `{name}` connection exceeds the `first` limit of 100 records.",
                first.max(last).unwrap_or_default()
            ));
        }
        let cap = |size: usize| if self.asker.page_cap > 0 { size.min(self.asker.page_cap) } else { size };
        let mut start = at("after").map_or(0, |after| after + 1).min(nodes.len());
        let mut end = at("before").unwrap_or(nodes.len()).clamp(start, nodes.len());
        if let Some(first) = first {
            end = end.min(start + cap(first));
        }
        if let Some(last) = last {
            start = start.max(end.saturating_sub(cap(last)));
        }
        Ok(Page { name, nodes: Rc::new(nodes), start, end })
    }

    /// The fields of a connection.
    pub(super) fn page_field(&self, page: &Page, name: &str) -> Result<Out, Fault> {
        let shown = page.nodes.get(page.start..page.end).unwrap_or_default();
        let whole = page.nodes.len();
        Ok(match name {
            "nodes" => Out::List(shown.iter().cloned().map(Some).collect()),
            "edges" => Out::List(
                shown
                    .iter()
                    .enumerate()
                    .map(|(index, node)| Some(Obj::Edge(Rc::new(node.clone()), page.start + index, page.name)))
                    .collect(),
            ),
            "totalCount" => Out::Leaf(json!(whole)),
            "pageInfo" => Out::Obj(Obj::PageInfo {
                before: page.start > 0,
                after: page.end < whole,
                ends: (!shown.is_empty()).then(|| (cursor(page.start), cursor(page.end - 1))),
            }),
            "filteredCount" if page.name == "PullRequestTimelineItemsConnection" => Out::Leaf(json!(whole)),
            "pageCount" if page.name == "PullRequestTimelineItemsConnection" => Out::Leaf(json!(shown.len())),
            "updatedAt" if page.name == "PullRequestTimelineItemsConnection" => {
                Out::Leaf(json!(super::super::render::iso(self.world.now())))
            }
            _ => return Err(unknown(name, page.name)),
        })
    }

    pub(super) fn edge_cursor(index: usize) -> Out {
        Out::Leaf(json!(cursor(index)))
    }
}

/// The error for a field that a type does not have.
pub(super) fn unknown(field: &str, of: &str) -> Fault {
    Fault::Document(format!("Field '{field}' doesn't exist on type '{of}'"))
}
